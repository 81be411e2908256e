import { resolve } from 'node:path';
import { parseDuration } from '../../core/config/parse-duration.ts';
import { TABLE_GIVEN } from '../../load/source/find-inputs.ts';
import type { CdcFacts, CheckFacts, Deployment, DumpFacts, ProjectionFacts, RuntimeFacts } from './deployment.ts';
import type { DeploymentFile } from './deployment-schema.ts';

/** Fills in what a checked file leaves out; relative paths become absolute, from `folder` on. */
export function deploymentOf(file: DeploymentFile, bss: Readonly<Record<string, unknown>>, folder: string): Deployment {
  const { version, name, mode, facts, reingestion, source } = file;
  const path = (given: string): string => resolvedPath(given, folder);
  return {
    version,
    name,
    mode,
    facts,
    bss,
    reingestion,
    runtime: runtimeFacts(file.runtime, path),
    cdc: cdcFacts(file.cdc),
    source,
    projections: projectionFacts(file.projections, path),
    dump: dumpFacts(file.dump, path),
    checks: checkFacts(file.checks),
  };
}

function runtimeFacts(file: DeploymentFile['runtime'], path: (given: string) => string): RuntimeFacts {
  const folder = file.folder === undefined ? undefined : path(file.folder);
  if (file.type !== 'kubernetes') return { ...file, folder };
  const { storerReplicas = 1, reloaderReplicas = 1 } = file;
  return { ...file, folder, storerReplicas, reloaderReplicas };
}

function cdcFacts(file: DeploymentFile['cdc']): CdcFacts | undefined {
  if (file === undefined || file.driver === 'manual') return file;
  const { timeout, ...facts } = file;
  return { ...facts, timeoutMs: timeout === undefined ? undefined : milliseconds(timeout) };
}

function projectionFacts(
  file: DeploymentFile['projections'],
  path: (given: string) => string,
): ProjectionFacts | undefined {
  if (file === undefined) return undefined;
  return { ...file, restore: path(file.restore), mapping: path(file.mapping) };
}

function dumpFacts(file: DeploymentFile['dump'], path: (given: string) => string): DumpFacts | undefined {
  if (file === undefined) return undefined;
  const { inputs = [], mapping, reconstruct } = file;
  return {
    inputs: inputs.map((given) => {
      const [, table, named = ''] = TABLE_GIVEN.exec(given) ?? [];
      return table === undefined ? path(given) : `${table}=${path(named)}`;
    }),
    mapping: path(mapping),
    reconstruct: reconstruct === undefined ? undefined : { ...reconstruct, from: path(reconstruct.from) },
  };
}

function checkFacts(file: DeploymentFile['checks'] = {}): CheckFacts {
  const { quietPeriod = '10s', clockSkewMax = '5s', samples = 100, loadTimeout = '24h' } = file;
  return {
    quietPeriodMs: milliseconds(quietPeriod),
    clockSkewMaxMs: milliseconds(clockSkewMax),
    samples,
    loadTimeoutMs: milliseconds(loadTimeout),
  };
}

/** The schema has checked how it is written; what is too long for a number is as good as for ever. */
function milliseconds(given: string | number): number {
  return parseDuration(given) ?? Number.MAX_SAFE_INTEGER;
}

/** Addresses stay as they are: `s3://...`, `file:///...`. */
function resolvedPath(given: string, folder: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : resolve(folder, given);
}
