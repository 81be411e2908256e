import type { DeploymentMode, ProcedureId } from '../facts/deployment-facts.ts';
import type { Evidence, JsonValue } from '../step/step.ts';

/** The only version of the journal that this release writes and reads. */
export const JOURNAL_VERSION = 1;

/** What happened to a deployment, in the order in which it happened: a line of the journal. */
export type JournalEvent =
  | DeploymentBegun
  | { readonly type: 'step-started' | 'step-applied' | 'step-done' | 'step-undone'; readonly step: string }
  | {
      readonly type: 'step-failed';
      readonly step: string;
      /** A stable code; absent for a bug. */
      readonly code?: string | undefined;
      readonly message: string;
    }
  | { readonly type: 'note'; readonly step: string; readonly key: string; readonly value: JsonValue }
  | { readonly type: 'evidence'; readonly step: string; readonly evidence: Evidence }
  /** A person was asked, and nobody was there to answer: a further `apply` is the answer. */
  | { readonly type: 'waiting'; readonly step: string; readonly instruction: string }
  | { readonly type: 'answered'; readonly step: string; readonly instruction: string }
  | { readonly type: 'finished' | 'undo-started' | 'undone' };

/** The first line. */
export interface DeploymentBegun {
  readonly type: 'begun';
  readonly version: typeof JOURNAL_VERSION;
  readonly name: string;
  /** Names what is created for this run of the procedure and no other. Lower-case letters, digits and hyphens. */
  readonly id: string;
  readonly procedure: ProcedureId;
  readonly mode: DeploymentMode;
  /** What `deployment.yaml` said, by path: what is carried on later must say the same. No secret is in it. */
  readonly facts: Readonly<Record<string, JsonValue>>;
  /** Ids, in order. */
  readonly steps: readonly string[];
}

/** An event, and when it was written. */
export type JournalEntry = JournalEvent & { readonly atMs: number };
