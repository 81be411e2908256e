import type { JsonValue, StepRun } from '../step/step.ts';

/** How a driver reaches the person who watches, and learns that it is to end. */
export type CdcRun = Pick<StepRun, 'signal' | 'say' | 'askPerson' | 'progress'>;

/**
 * One change data capture, and what the procedures need of it. Every call is idempotent: after a crash it is called again
 * with the same arguments and ends in the same state. What a driver says is never trusted alone: "stopped" is checked
 * against end offsets that stand still, "loaded" against what was archived.
 * @throws DEPLOY_CDC_UNREACHABLE when the CDC does not answer, DEPLOY_CDC_REFUSED when it will not do what is asked,
 * DEPLOY_CDC_FAILED when one of its tasks has failed.
 */
export interface CdcDriver {
  readonly kind: 'debezium' | 'command' | 'http' | 'manual';
  /** As a person would name it: `connector shop at http://localhost:8083`. */
  readonly subject: string;

  /** Reads only. */
  state(): Promise<CdcState>;

  /** Captures nothing any more once this resolves, and has forgotten nothing: `start` goes on where it was. */
  stop(run: CdcRun): Promise<void>;

  /** Captures again, from where `stop` left it. */
  start(run: CdcRun): Promise<void>;

  /** What a load would do, refused early where it cannot be done at all. Reads only; sentences for the plan. */
  describeLoad(request: InitialLoadRequest): Promise<readonly string[]>;

  /**
   * Begins to write every row of the tables into their topics. When it has finished, folding what was written since then by
   * key (of a spare task: its topics, and then the live ones) gives the tables. Gives what `loadState` needs, to be kept in the journal; of a
   * load of that id that has begun already, the same.
   */
  startLoad(request: InitialLoadRequest, run: CdcRun): Promise<JsonValue>;

  /** How far a load is. Reads only. */
  loadState(request: InitialLoadRequest, handle: JsonValue): Promise<LoadState>;

  /** Takes away what a load needed besides the CDC itself (a spare task, its offsets and slot). Absent ones are no error. */
  endLoad(request: InitialLoadRequest, handle: JsonValue, run: CdcRun): Promise<void>;
}

/** What a CDC says of itself. */
export interface CdcState {
  /** `unknown`: it cannot be asked (manual, or a hook without a state command), or is between two states. */
  readonly state: 'running' | 'paused' | 'stopped' | 'failed' | 'absent' | 'unknown';
  /** What it answered, for evidence and messages. */
  readonly detail: JsonValue;
}

/** An initial load: every row as it is, written into topics as the CDC writes changes. */
export interface InitialLoadRequest {
  /** The same after a crash; names spare tasks, signals and slots. Lower-case letters, digits and hyphens. */
  readonly id: string;
  /**
   * `spare`: by a further task, into topics of its own, while the CDC goes on (P2). `restart`: by the CDC itself, which was
   * stopped, and which captures from then on what changes (P4).
   */
  readonly by: 'spare' | 'restart';
  /** Live topics and where the load writes: an init topic, or the same topic. */
  readonly topics: readonly { readonly topic: string; readonly target: string }[];
}

/** How far a load is. */
export interface LoadState {
  readonly state: 'running' | 'finished' | 'failed';
  /** Rows that the CDC says it has read, where it counts; by live topic. */
  readonly rows?: Readonly<Record<string, number>> | undefined;
  /** Why it failed. */
  readonly reason?: string | undefined;
  /** What it answered. */
  readonly detail: JsonValue;
}
