/** Something that a step proved or noted, for the certificate: what was looked at, and what was found. */
export interface Evidence {
  /** What was checked, in a sentence: `end offsets of orders stood still for 10 s`. */
  readonly check: string;
  readonly outcome: 'passed' | 'failed' | 'noted';
  /** What was found; JSON, offsets as decimal strings. */
  readonly found: JsonValue;
  readonly atMs: number;
}

/** What JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What the plan says of a step. Made by looking at the world, never by changing it. */
export interface StepDescription {
  /** What it is given: `topics: orders, customers`. */
  readonly inputs: readonly string[];
  /** What it will change, each as a sentence. Empty: nothing. */
  readonly changes: readonly string[];
  /** What must hold before it begins. */
  readonly preconditions: readonly string[];
  /** How it is checked afterwards. */
  readonly checks: readonly string[];
  /** How it is taken back; undefined when it cannot be. `undoImpossible` says why not, or what stays nevertheless. */
  readonly undo: string | undefined;
  readonly undoImpossible?: string | undefined;
  /** Records and bytes that it will move, and how long that may take; undefined when it moves nothing. */
  readonly estimate?: StepEstimate | undefined;
}

/** From live end offsets. */
export interface StepEstimate {
  readonly records: number | undefined;
  readonly bytes: number | undefined;
  readonly durationMs: number | undefined;
}

/**
 * What a step keeps between a crash and its next run: written to the journal, durable when `note` resolves. Intent is
 * noted before the change that it describes ("about to create topic orders-init"), facts right after they are read
 * ("end offsets at t0").
 */
export interface StepNotes {
  get(key: string): JsonValue | undefined;
  note(key: string, value: JsonValue): Promise<void>;
}

/** How far a long step is, for bar, ETA and `--json`. */
export interface StepProgress {
  readonly done: number;
  readonly total: number | undefined;
  /** `records`, `rows`, `bytes`, `ms`. */
  readonly unit: string;
  /** Lag in records where it means something. */
  readonly lag?: number | undefined;
  readonly text?: string | undefined;
}

/** What a step is run with. `Context` (connections, facts) is closed over by the step. */
export interface StepRun {
  /** This step's own notes. */
  readonly notes: StepNotes;
  /** Notes of an earlier step of the same plan, read only. */
  notesOf(stepId: string): Pick<StepNotes, 'get'>;
  readonly signal: AbortSignal;
  progress(progress: StepProgress): void;
  /** A sentence for the person who watches. */
  say(text: string): void;
  /** Asks a person to do something that the tool cannot; resolves when `--yes`, a key, or a further `apply` says done. */
  askPerson(instruction: string): Promise<void>;
  evidence(evidence: Omit<Evidence, 'atMs'>): Promise<void>;
}

/**
 * One step of a procedure. The world is asked, not the memory: after a crash at any point `apply` is called again with
 * the notes of the former run, and must end in the same state as one undisturbed run.
 */
export interface Step {
  /** Stable within the procedure: `stop-cdc`. */
  readonly id: string;
  /** Imperative: `Stop the CDC`. */
  readonly title: string;
  /** The sentence of the guidelines that it carries out; undefined when it is a check that we add. */
  readonly guideline: string | undefined;
  /** Reads only. */
  describe(): Promise<StepDescription>;
  /** Refuses with a stable code (DEPLOY_*) before anything of this step is changed. All steps' run before the first apply. */
  precondition(run: StepRun): Promise<void>;
  /** Idempotent, resumable. */
  apply(run: StepRun): Promise<void>;
  /** Looks whether what `apply` promised holds; gives its evidence through `run.evidence`; throws DEPLOY_CHECK_FAILED. */
  check(run: StepRun): Promise<void>;
  /**
   * Sees that what `apply` began to last, such as a service, is still there, at the end of the procedure and whenever
   * `bss deploy apply` is given after it: the machine may have been started anew meanwhile. Absent where nothing lasts.
   */
  readonly uphold?: ((run: StepRun) => Promise<void>) | undefined;
  /** Takes back what `apply` did, as far as it can be; idempotent. Absent when nothing can be. */
  undo?(run: StepRun): Promise<void>;
  /** What stays although `undo` took back the rest, in a sentence. */
  readonly stays?: string | undefined;
}
