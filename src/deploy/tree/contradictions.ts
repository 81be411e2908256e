import type { DeploymentFacts, DeploymentMode } from '../facts/deployment-facts.ts';
import type { Outcome } from './decision-tree.ts';

interface Rule {
  readonly broken: (facts: DeploymentFacts) => boolean;
  readonly problem: string;
}

const RULES: readonly Rule[] = [
  {
    broken: ({ greenfield, olderDataWanted }) => greenfield === true && olderDataWanted === true,
    problem: 'facts.greenfield says that there are no older data, facts.olderDataWanted that they are wanted',
  },
  {
    broken: ({ cdc, cdcSeveralIngestionTasks }) => cdc === false && cdcSeveralIngestionTasks === true,
    problem: 'facts.cdc says that there is no CDC, facts.cdcSeveralIngestionTasks that it can run several tasks',
  },
  {
    broken: ({ rawDataArchived, dumpPossible }) => rawDataArchived === false && dumpPossible === true,
    problem:
      'facts.rawDataArchived says that no raw data are archived, facts.dumpPossible that a dump of them can be made (if it is to be rebuilt from elsewhere, that is facts.dumpReconstructible)',
  },
];

/** What cannot be true together, whatever path the tree takes. */
export function contradictions(facts: DeploymentFacts): string[] {
  return RULES.filter(({ broken }) => broken(facts)).map(({ problem }) => problem);
}

/** What is to be thought of, though the tree does not ask for it. */
export function remarksOn({ procedure, id }: Outcome, facts: DeploymentFacts, mode: DeploymentMode): string[] {
  const remarks: string[] = [];
  if (mode === 'sequential' && facts.greenfield === false) {
    remarks.push(
      'The guidelines do not tell modes apart in an existing installation. Consumers have to move to the post-ingestion topics at a moment when the Storer has no lag.',
    );
  }
  if (facts.cdc === true && facts.scheduledFullImport === true) {
    remarks.push(
      'Some topics are fed by the CDC and others by scheduled imports, while the guidelines take a landscape as one. Give the imported topics a deployment of their own (P1).',
    );
  }
  if (procedure === 'P3' && facts.dumpReconstructible === true) {
    remarks.push(
      'The history is kept elsewhere: a dump that is rebuilt from it may hold more than the projections (`bss load reconstruct`).',
    );
  }
  if (id === 'critical-without-cdc' && facts.dumpPossible === true) {
    remarks.push('A dump can be made: loaded into topics of its own, it holds more than the projections.');
  }
  return remarks;
}
