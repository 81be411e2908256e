import { assert } from '../../core/assert.ts';
import { AppError } from '../../core/errors.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { type DeploymentState, nextState } from './deployment-state.ts';
import { JOURNAL_VERSION, type JournalEntry, type JournalEvent } from './journal-event.ts';

/** Where the lines of a journal are kept. */
export interface JournalStore {
  /** For messages. */
  readonly subject: string;
  /** Every whole line, in order. A last line that a crash cut off is not among them, and is gone afterwards. */
  read(): Promise<readonly string[]>;
  /** Adds a line. It survives a crash once this resolves. */
  append(line: string): Promise<void>;
  /** Puts the lines aside under another name, and begins with none. */
  rotate(): Promise<void>;
}

/**
 * All that happened to a deployment, and the state that follows from it. Whatever is to survive a crash goes through
 * `append`; nothing else is believed after one.
 */
export class Journal {
  readonly #store: JournalStore;
  readonly #clock: Clock;
  #state: DeploymentState | undefined;
  /** Appends one after the other, in the order of the calls. */
  #last: Promise<void> = Promise.resolve();

  private constructor(store: JournalStore, clock: Clock, state: DeploymentState | undefined) {
    this.#store = store;
    this.#clock = clock;
    this.#state = state;
  }

  /** @throws DEPLOY_JOURNAL_CORRUPT when a line before the last cannot be understood. */
  static async open(store: JournalStore, clock: Clock): Promise<Journal> {
    return new Journal(store, clock, await readState(store));
  }

  /** For messages. */
  get subject(): string {
    return this.#store.subject;
  }

  /** Undefined before a deployment has begun. */
  get state(): DeploymentState | undefined {
    return this.#state;
  }

  /** Durable, and part of the state, once this resolves. */
  async append(event: JournalEvent): Promise<void> {
    const entry: JournalEntry = { ...event, atMs: this.#clock.nowMs() };
    const written = this.#last.then(async () => {
      assert(event.type === 'begun' || this.#state !== undefined, 'a journal begins with "begun"');
      await this.#store.append(JSON.stringify(entry));
      this.#state = nextState(this.#state, entry);
    });
    // A failed append fails its caller; the next one may be tried.
    this.#last = written.catch(() => undefined);
    await written;
  }

  /** Puts what there is aside, for a deployment that begins anew. */
  async rotate(): Promise<void> {
    await this.#last;
    await this.#store.rotate();
    this.#state = undefined;
  }
}

/**
 * The state that a journal tells, without opening it for writing; undefined when nothing has begun.
 * @throws DEPLOY_JOURNAL_CORRUPT
 */
export async function readState(store: Pick<JournalStore, 'read' | 'subject'>): Promise<DeploymentState | undefined> {
  let state: DeploymentState | undefined;
  for (const [index, line] of (await store.read()).entries()) {
    const where = `${store.subject}:${index + 1}`;
    const entry = parseEntry(line, where);
    if ((entry.type === 'begun') !== (index === 0)) throw corrupt(where, 'a journal begins with what was begun, once');
    state = nextState(state, entry);
  }
  return state;
}

const TYPES: ReadonlySet<string> = new Set<JournalEvent['type']>([
  'begun',
  'step-started',
  'step-applied',
  'step-done',
  'step-undone',
  'step-failed',
  'note',
  'evidence',
  'waiting',
  'answered',
  'finished',
  'undo-started',
  'undone',
]);

function parseEntry(line: string, where: string): JournalEntry {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (cause) {
    throw corrupt(where, 'it is not JSON', cause);
  }
  if (!isEntry(parsed)) throw corrupt(where, 'it is not an entry of a journal');
  const isKnown = parsed.type !== 'begun' || parsed.version === JOURNAL_VERSION;
  if (!isKnown) throw corrupt(where, 'it is not of version 1, the one that this release knows');
  if (!TYPES.has(parsed.type)) throw corrupt(where, `this release knows no entry of type ${parsed.type}`);
  return parsed;
}

/** Lines are ours alone: what has a type and a time was written by `append`. */
function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('atMs' in value)) return false;
  return typeof value.type === 'string' && typeof value.atMs === 'number';
}

function corrupt(where: string, reason: string, cause?: unknown): AppError {
  return new AppError('DEPLOY_JOURNAL_CORRUPT', `the journal of the deployment cannot be read: ${where}: ${reason}`, {
    subject: where,
    hint: 'Restore the file from a copy. Without it nobody knows what was done; do not delete it to begin anew.',
    cause,
  });
}
