import { AppError } from '../../core/errors.ts';
import type { Decision } from '../tree/decide.ts';
import type { Deployment } from './deployment.ts';

/** What a procedure needs of the file besides `bss` and `runtime`: keys that are missing, each with what it is for. */
function missingKeys({ procedure }: Pick<Decision, 'procedure'>, deployment: Deployment): string[] {
  const { cdc, projections, dump } = deployment;
  switch (procedure) {
    case 'P1':
      return [];
    case 'P2':
    case 'P4':
      return cdc === undefined ? ['cdc: how the CDC is told to stop, start and load'] : [];
    case 'P3':
      return projections === undefined
        ? ['projections: where the collections are, and how documents become messages']
        : [];
    case 'P5':
      if (dump === undefined) return ['dump.inputs: the files of the dump', 'dump.mapping: what its rows become'];
      return dump.inputs.length === 0 ? ['dump.inputs: the files of the dump'] : [];
    case 'P6':
      if (dump === undefined)
        return ['dump.reconstruct: what the dump is rebuilt from', 'dump.mapping: what its rows become'];
      return dump.reconstruct === undefined ? ['dump.reconstruct: what the dump is rebuilt from'] : [];
  }
}

/** @throws DEPLOY_FACTS_MISSING naming every key that the procedure needs and the file lacks. */
export function requireKeys(decision: Decision, deployment: Deployment, path: string): void {
  const missing = missingKeys(decision, deployment);
  if (missing.length === 0) return;
  const lines = missing.map((key) => `\n  - ${key}`);
  throw new AppError(
    'DEPLOY_FACTS_MISSING',
    `${path} lacks what the procedure ${decision.procedure} needs:${lines.join('')}`,
    { subject: missing[0]?.split(':', 1)[0], hint: 'docs/deploy.md describes every key.' },
  );
}
