import type { Evidence, StepProgress } from '../step/step.ts';

/** What those who watch a deployment are told, in the order in which it happens. `--json` prints each as a line. */
export type ApplyEvent =
  | { readonly event: 'checking'; readonly steps: number }
  | { readonly event: 'resumed'; readonly done: number; readonly steps: number }
  | {
      readonly event: 'step-started';
      readonly step: string;
      readonly title: string;
      /** From 1. */
      readonly number: number;
      readonly steps: number;
    }
  | { readonly event: 'progress'; readonly step: string; readonly progress: StepProgress }
  | { readonly event: 'said'; readonly step: string; readonly text: string }
  | { readonly event: 'evidence'; readonly step: string; readonly evidence: Evidence }
  | {
      readonly event: 'step-done' | 'step-undone';
      readonly step: string;
      readonly title: string;
      readonly durationMs: number;
    }
  | { readonly event: 'undo-impossible'; readonly step: string; readonly title: string; readonly reason: string }
  | { readonly event: 'waiting'; readonly step: string; readonly instruction: string }
  | { readonly event: 'finished' | 'undone' };

/** Shows events. Never throws. */
export type ApplyWatcher = (event: ApplyEvent) => void;

/**
 * Puts an instruction to a person. True: it is done. False: nobody is there to say so, and a further `apply` will be the
 * answer. Rejects when the signal aborts.
 */
export type AskPerson = (instruction: string, signal: AbortSignal) => Promise<boolean>;
