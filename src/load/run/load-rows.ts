import { must } from '../../core/assert.ts';
import type { TransactionalProducer } from '../../core/kafka/kafka-client.ts';
import type { MessageWriter } from '../format/message-format.ts';
import { messageFrame, messageWriter } from '../format/message-writer.ts';
import type { RowBatch, RowSource } from '../row/row.ts';
import { totalBytes } from './check-rows.ts';
import type { LoadJournal } from './load-journal.ts';
import type { LoadOptions, LoadServices } from './load-options.ts';
import type { LoadState } from './load-state.ts';
import { LoadTally, type TableTally } from './load-tally.ts';
import { RawMessages } from './raw-messages.ts';
import { RecordSink, TableOutput, type Written } from './record-sink.ts';
import type { RefusedRows } from './refused-rows.ts';
import { rowNumber, rowPosition, visitInOrder } from './rows-in-order.ts';
import { type BoundTable, TableRouter } from './table-router.ts';
import { Throttle } from './throttle.ts';

/** What the load phase works with, besides options and services. */
export interface LoadRowsContext {
  readonly producer: TransactionalProducer;
  readonly journal: LoadJournal;
  readonly refused: RefusedRows;
  /** Where to go on. */
  readonly from: LoadState;
  /** By topic. */
  readonly topics: ReadonlyMap<string, LoadTopic>;
}

/** A topic that is loaded into. */
export interface LoadTopic {
  readonly partitionCount: number;
  /** `max.message.bytes`. */
  readonly messageBytesMax: number;
}

/** A throttled load waits about this often. */
const THROTTLES_PER_SECOND = 20;

/**
 * Reads rows from where the state says, and writes them in transactions, each with the state that it leads to. Gives the
 * last state that was committed: `succeeded`, or `running` when the signal was aborted.
 */
export function loadRows(options: LoadOptions, services: LoadServices, context: LoadRowsContext): Promise<LoadState> {
  return new RowLoad(options, services, context).run();
}

/** A table whose rows are being loaded. */
interface OpenTable {
  readonly bound: BoundTable;
  readonly write: MessageWriter;
  /** Writes the same for rows that stand in a text; undefined when the format cannot. */
  readonly raw: RawMessages | undefined;
  readonly output: TableOutput;
}

class RowLoad {
  readonly #options: LoadOptions;
  readonly #services: LoadServices;
  readonly #context: LoadRowsContext;
  readonly #tally: LoadTally;
  readonly #sink: RecordSink;
  readonly #router: TableRouter;
  readonly #outputs = new Map<TableTally, TableOutput>();
  readonly #rowThrottle: Throttle | undefined;
  readonly #byteThrottle: Throttle | undefined;
  #open: OpenTable | undefined;
  #state: LoadState;
  #next: { source: number; row: number };
  #transactionBytes = 0;
  #begunAtMs: number | undefined;
  #untakenRows = 0;
  #untakenBytes = 0;
  #readBefore = 0;

  constructor(options: LoadOptions, services: LoadServices, context: LoadRowsContext) {
    const { from, topics, producer } = context;
    this.#options = options;
    this.#services = services;
    this.#context = context;
    this.#state = from;
    this.#next = { ...from.next };
    this.#tally = new LoadTally(from, new Map([...topics].map(([name, { partitionCount }]) => [name, partitionCount])));
    this.#sink = new RecordSink(producer, options.compression);
    this.#router = new TableRouter(options.mapping, options.unmapped);
    const throttle = (perSecond: number | undefined): Throttle | undefined =>
      perSecond === undefined ? undefined : new Throttle(perSecond, services.clock);
    this.#rowThrottle = throttle(options.rowsPerSecondMax);
    this.#byteThrottle = throttle(options.bytesPerSecondMax);
  }

  async run(): Promise<LoadState> {
    const { sources } = this.#options;
    const { signal } = this.#services;
    try {
      for (; this.#next.source < sources.length && !signal.aborted; this.#nextSource()) {
        await this.#source(must(sources[this.#next.source], 'the state is of these sources'));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    const isDone = this.#next.source >= sources.length;
    if (isDone || this.#begunAtMs !== undefined) await this.#commit(isDone ? 'succeeded' : 'running');
    return this.#state;
  }

  #nextSource(): void {
    if (this.#services.signal.aborted) return;
    this.#readBefore += this.#options.sources[this.#next.source]?.readBytes ?? 0;
    this.#next = { source: this.#next.source + 1, row: 0 };
  }

  async #source(source: RowSource): Promise<void> {
    const { signal } = this.#services;
    const batches = source.read(this.#next.row, signal)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const result = await this.#committingMeanwhile(batches.next());
        if (result.done === true) return;
        await this.#batch(result.value);
        this.#report(source);
        if (signal.aborted) return;
      }
    } finally {
      await batches.return?.();
    }
  }

  /** A source that keeps us waiting must not keep a transaction open: Kafka would end it. */
  async #committingMeanwhile<T>(next: Promise<T>): Promise<T> {
    const { clock } = this.#services;
    if (this.#begunAtMs === undefined) return next;
    const waits = new AbortController();
    const leftMs = this.#begunAtMs + this.#options.transactionAgeMaxMs - clock.monotonicMs();
    const expired = clock.sleep(Math.max(0, leftMs), waits.signal).then(
      () => true,
      () => false,
    );
    const isExpired = await Promise.race([expired, next.then(() => false)]);
    waits.abort();
    if (isExpired) await this.#commit('running');
    return next;
  }

  async #batch(batch: RowBatch): Promise<void> {
    const bound = this.#router.route(batch);
    if (bound === undefined) {
      this.#tally.read += batch.rowCount;
      this.#tally.skipped += batch.rowCount;
    } else {
      const open = this.#opened(bound);
      await visitInOrder(batch, {
        row: (index) => this.#row(batch, index, open),
        bad: (row) => this.#bad(row.position.row, () => this.#refuse(open, { ...row, table: bound.table })),
      });
    }
    this.#next.row = batch.first.row + batch.rowCount;
    if (this.#begunAtMs === undefined) this.#begin();
    if (this.#isTransactionOver()) await this.#commit('running');
  }

  #opened(bound: BoundTable): OpenTable {
    if (this.#open?.bound === bound) return this.#open;
    const { table, mapping, converter } = bound;
    const { topic, format } = mapping;
    const limits = must(this.#context.topics.get(topic), 'the topics of the mapping are known');
    const tally = this.#tally.table(table, topic, limits.partitionCount);
    const { startedAtMs } = this.#state;
    let output = this.#outputs.get(tally);
    if (output === undefined) {
      output = new TableOutput(this.#sink, mapping, tally, limits, startedAtMs);
      this.#outputs.set(tally, output);
    }
    const context = { table: table ?? '', topic, fields: converter.fields, tsMs: startedAtMs };
    const frame = messageFrame(format, context);
    const raw = frame === undefined ? undefined : new RawMessages(converter.raw, frame);
    return (this.#open = { bound, output, write: messageWriter(format, context), raw });
  }

  #row(batch: RowBatch, index: number, open: OpenTable): Promise<void> | undefined {
    const position = this.#tally.read++;
    this.#next.row = rowNumber(batch, index) + 1;
    const written = this.#write(batch, index, open, position);
    if (typeof written !== 'number') {
      return this.#refuse(open, { position: rowPosition(batch, index), table: open.bound.table, ...written });
    }
    this.#tally.loaded++;
    this.#transactionBytes += written;
    if (this.#transactionBytes >= this.#options.transactionBytesMax) return this.#commit('running');
    return this.#isThrottled(written) ? this.#throttle() : this.#sink.room();
  }

  /** Adds the row's message to the open transaction: its size, or why there is none. */
  #write(batch: RowBatch, index: number, open: OpenTable, position: number): number | RowRefusal {
    const { raw, output, bound } = open;
    if (raw !== undefined && batch.raw !== undefined) {
      const fault = raw.write(batch.raw.rows, batch.raw.first + index, position);
      if (typeof fault === 'object') return fault;
      if (fault === undefined) {
        if (this.#begunAtMs === undefined) this.#begin();
        const written = output.writeBytes(raw.bytes, raw.keyStart, raw.valueStart, raw.valueEnd);
        return typeof written === 'number' ? written : tooLarge(written, batch, index, bound);
      }
    }
    const converted = bound.converter.convert(batch.rows[index] ?? []);
    if ('reason' in converted) return converted;
    if (this.#begunAtMs === undefined) this.#begin();
    const written = output.write(open.write(converted, position));
    return typeof written === 'number' ? written : tooLarge(written, batch, index, bound);
  }

  #bad(row: number, refuse: () => Promise<void>): Promise<void> {
    this.#tally.read++;
    this.#next.row = row + 1;
    return refuse();
  }

  async #refuse(open: OpenTable, row: Parameters<RefusedRows['add']>[0]): Promise<void> {
    this.#tally.refused++;
    open.output.tally.refused++;
    const { refused } = this.#context;
    await refused.add(row);
    if (!refused.isExcessive) return;
    await refused.flush();
    refused.refuseExcess();
  }

  #begin(): void {
    this.#context.producer.begin();
    this.#begunAtMs = this.#services.clock.monotonicMs();
  }

  #isTransactionOver(): boolean {
    if (this.#begunAtMs === undefined) return false;
    return this.#services.clock.monotonicMs() - this.#begunAtMs >= this.#options.transactionAgeMaxMs;
  }

  /** Writes the state that the transaction leads to into it, and commits both. */
  async #commit(state: LoadState['state']): Promise<void> {
    const { producer, journal, refused } = this.#context;
    if (this.#begunAtMs === undefined) this.#begin();
    for (const output of this.#outputs.values()) output.flush();
    await refused.flush();
    await this.#sink.settled();
    const at = { state, next: { ...this.#next }, errorsBytes: refused.bytes };
    const next = this.#tally.next(at, this.#services.clock.nowMs());
    await journal.write(producer, next);
    await producer.commit();
    this.#state = next;
    this.#transactionBytes = 0;
    this.#begunAtMs = undefined;
  }

  #isThrottled(byteCount: number): boolean {
    const { rowsPerSecondMax = Infinity, bytesPerSecondMax = Infinity } = this.#options;
    this.#untakenRows++;
    this.#untakenBytes += byteCount;
    return (
      this.#untakenRows * THROTTLES_PER_SECOND >= rowsPerSecondMax ||
      this.#untakenBytes * THROTTLES_PER_SECOND >= bytesPerSecondMax
    );
  }

  async #throttle(): Promise<void> {
    const rows = this.#rowThrottle;
    const bytes = this.#byteThrottle;
    const waitMs = Math.max(rows?.waitMs() ?? 0, bytes?.waitMs() ?? 0);
    const taken = { rows: this.#untakenRows, bytes: this.#untakenBytes };
    [this.#untakenRows, this.#untakenBytes] = [0, 0];
    // Not to be kept open longer than it may be.
    if (this.#isTransactionOver() || waitMs >= this.#options.transactionAgeMaxMs) await this.#commit('running');
    await rows?.take(taken.rows, this.#services.signal);
    await bytes?.take(taken.bytes, this.#services.signal);
  }

  #report(source: RowSource): void {
    this.#services.onProgress?.({
      phase: 'loading',
      rows: this.#tally.read,
      refused: this.#tally.refused,
      readBytes: this.#readBefore + source.readBytes,
      totalBytes: totalBytes(this.#options.sources),
      totalRows: this.#state.rowsTotal,
    });
  }
}

/** Why a row is refused. */
type RowRefusal = Pick<Parameters<RefusedRows['add']>[0], 'column' | 'reason' | 'excerpt'>;

function tooLarge(
  { tooLarge: reason }: Exclude<Written, number>,
  { rows }: RowBatch,
  index: number,
  { converter }: BoundTable,
): RowRefusal {
  const key = converter.convertKey(rows[index] ?? []);
  return { reason, excerpt: 'keyObject' in key ? key.keyObject : '' };
}
