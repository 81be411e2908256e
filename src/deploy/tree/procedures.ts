import type { ProcedureId } from '../facts/deployment-facts.ts';

/** What a procedure is, for people. */
export interface ProcedureSummary {
  readonly title: string;
  readonly summary: string;
}

/** The six procedures of the guidelines. */
export const PROCEDURES: Readonly<Record<ProcedureId, ProcedureSummary>> = {
  P1: {
    title: 'Simple deployment',
    summary: 'Storer and Reloader are configured and started, from a position that is chosen.',
  },
  P2: {
    title: 'CDC with several ingestion tasks',
    summary: 'A second task of the CDC loads every row into topics of its own; the first one is never disturbed.',
  },
  P3: {
    title: 'Projections as input',
    summary: 'A snapshot of the projections is turned back into messages, and written to topics of its own.',
  },
  P4: {
    title: 'Stop the CDC',
    summary: 'The CDC is stopped, the services are started, and the CDC loads every row anew.',
  },
  P5: {
    title: 'Dump of archived raw data',
    summary: 'A dump of the system of record is loaded into Kafka, as an initial load would have been.',
  },
  P6: {
    title: 'Dump, reconstructed first',
    summary: 'A dump is rebuilt from archived change events, then loaded into Kafka as an initial load.',
  },
};
