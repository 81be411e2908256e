import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

import type { CdcFacts, TlsFacts } from './deployment.ts';
import type { FieldProblem } from './topic-problems.ts';

/** What is wrong with the address of a CDC, and how it is trusted. */
export function cdcProblems(cdc: CdcFacts | undefined): FieldProblem[] {
  if (cdc?.driver !== 'debezium' && cdc?.driver !== 'http') return [];
  const [field, url] = cdc.driver === 'debezium' ? ['cdc.connectUrl', cdc.connectUrl] : ['cdc.url', cdc.url];
  const problems: FieldProblem[] = [];
  if (!isAddress(url)) problems.push({ field, problem: 'must be a URL such as https://user:password@host:8083' });
  const { tls } = cdc;
  if (tls === undefined) return problems;
  if (!/^https:/i.test(url))
    problems.push({ field: 'cdc.tls', problem: `is for a ${field} that begins with https://` });
  return [...problems, ...certificateProblems(tls)];
}

/** Node would pass over an authority that it cannot read. */
function certificateProblems({ ca, certificate, key }: TlsFacts): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const check = (field: string, read: () => unknown): void => {
    try {
      read();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      problems.push({ field: `cdc.tls.${field}`, problem: `cannot be used: ${reason}` });
    }
  };
  if (ca !== undefined) check('ca', () => new X509Certificate(ca));
  if (certificate !== undefined && key !== undefined) {
    check('certificate', () => createSecureContext({ cert: certificate, key }));
  } else if (certificate !== undefined || key !== undefined) {
    problems.push({ field: 'cdc.tls', problem: 'must have certificate and key together' });
  }
  return problems;
}

function isAddress(url: string): boolean {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return false;
  try {
    decodeURIComponent(`${parsed.username}${parsed.password}`);
    return true;
  } catch {
    return false;
  }
}
