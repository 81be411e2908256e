import { createHash } from 'node:crypto';
import type { ServiceConfig } from './runtime.ts';

/** SHA-256 of a configuration, hexadecimal; the order of its keys makes no difference. */
export function configFingerprint(config: ServiceConfig): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(config)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, below]) => [key, sorted(below)]));
}
