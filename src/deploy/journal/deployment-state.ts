import type { Evidence, JsonValue } from '../step/step.ts';
import type { DeploymentBegun, JournalEntry } from './journal-event.ts';

/** Where a deployment is, as its journal tells it. */
export interface DeploymentState {
  readonly begun: DeploymentBegun;
  readonly begunAtMs: number;
  /** When the last line was written. */
  readonly lastAtMs: number;
  readonly phase: 'applying' | 'finished' | 'undoing' | 'undone';
  /** In the order of the procedure. */
  readonly steps: ReadonlyMap<string, StepState>;
}

/**
 * Where a step is. `started`: its `apply` has begun, and may have ended. `applied`: it has ended, and is not checked yet.
 * `failed`: it is to be applied anew.
 */
export interface StepState {
  readonly id: string;
  readonly status: 'pending' | 'started' | 'applied' | 'done' | 'failed' | 'undone';
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  readonly notes: ReadonlyMap<string, JsonValue>;
  /** One for each thing that was checked: the latest. */
  readonly evidence: readonly Evidence[];
  readonly error: { readonly code: string | undefined; readonly message: string } | undefined;
  /** What a person is asked for, while nobody has answered. */
  readonly waitingFor: string | undefined;
  /** Instructions that a person has carried out. */
  readonly answered: ReadonlySet<string>;
}

/** Something was changed, and not taken back: only the very same deployment may go on. */
export function isUnderWay({ phase, steps }: DeploymentState): boolean {
  return phase !== 'undone' && [...steps.values()].some(({ status }) => status !== 'pending');
}

/** The state after one more entry. Entries of steps that the procedure does not have change nothing. */
export function nextState(state: DeploymentState | undefined, entry: JournalEntry): DeploymentState | undefined {
  if (entry.type === 'begun') return newState(entry);
  if (state === undefined) return undefined;
  const at = { ...state, lastAtMs: entry.atMs };
  if (!('step' in entry)) return nextPhase(at, PHASES[entry.type]);
  const step = state.steps.get(entry.step);
  if (step === undefined) return at;
  return { ...at, steps: new Map(state.steps).set(entry.step, nextStep(step, entry)) };
}

/** What a person did to carry it out says nothing about what he does to take it back. */
function nextPhase(state: DeploymentState, phase: DeploymentState['phase']): DeploymentState {
  if (phase !== 'undoing') return { ...state, phase };
  const steps = [...state.steps].map(([id, step]): [string, StepState] => {
    return [id, { ...step, waitingFor: undefined, answered: new Set() }];
  });
  return { ...state, phase, steps: new Map(steps) };
}

const PHASES = { finished: 'finished', 'undo-started': 'undoing', undone: 'undone' } as const;

function newState({ atMs, ...begun }: JournalEntry & DeploymentBegun): DeploymentState {
  const steps = begun.steps.map((id): [string, StepState] => [id, pendingStep(id)]);
  return { begun, begunAtMs: atMs, lastAtMs: atMs, phase: 'applying', steps: new Map(steps) };
}

function pendingStep(id: string): StepState {
  return {
    id,
    status: 'pending',
    startedAtMs: undefined,
    endedAtMs: undefined,
    notes: new Map(),
    evidence: [],
    error: undefined,
    waitingFor: undefined,
    answered: new Set(),
  };
}

function nextStep(step: StepState, entry: Extract<JournalEntry, { readonly step: string }>): StepState {
  switch (entry.type) {
    case 'step-started': {
      const startedAtMs = step.startedAtMs ?? entry.atMs;
      // What a former attempt did not find is looked for anew, where it is still to be found.
      const evidence = step.evidence.filter(({ outcome }) => outcome !== 'failed');
      return { ...step, status: 'started', startedAtMs, endedAtMs: undefined, error: undefined, evidence };
    }
    case 'step-applied':
      return { ...step, status: 'applied' };
    case 'step-done':
      return { ...step, status: 'done', endedAtMs: entry.atMs, error: undefined, waitingFor: undefined };
    case 'step-failed':
      return { ...step, status: 'failed', error: { code: entry.code, message: entry.message } };
    case 'step-undone':
      return { ...step, status: 'undone', waitingFor: undefined };
    case 'note':
      return { ...step, notes: new Map(step.notes).set(entry.key, entry.value) };
    case 'evidence': {
      const others = step.evidence.filter(({ check }) => check !== entry.evidence.check);
      return { ...step, evidence: [...others, entry.evidence] };
    }
    case 'waiting':
      return { ...step, waitingFor: entry.instruction };
    case 'answered':
      return { ...step, waitingFor: undefined, answered: new Set(step.answered).add(entry.instruction) };
  }
}
