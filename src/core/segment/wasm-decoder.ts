import type { Offset } from '../record/topic-partition.ts';
import { writeRecord } from '../record/batch-records.ts';
import type { OffsetRange } from '../record/topic-partition.ts';
import { AREA_SLACK_BYTES, CodecMemory, newCodec } from './codec-module.ts';
import type { CodecExports } from './codec-module.ts';
import { decodeLine } from './line-decoder.ts';

/** Records wanted: offsets in `range`, and timestamps from `fromMs` up to, not including, `untilMs`. */
export interface WantedRecords {
  readonly range: OffsetRange;
  readonly timestamps?: { readonly fromMs: bigint; readonly untilMs: bigint } | undefined;
}

/** When a batch ends: before its records exceed `bytes`, or with so many of them. */
export interface BatchLimits {
  readonly bytes: number;
  readonly records: number;
}

/** The records of a batch as they are on the wire, without header. */
export interface DecodedBatch {
  /** A view that holds until the next call of anything. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly recordCount: number;
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly baseTimestampMs: bigint;
  readonly minTimestampMs: bigint;
  readonly maxTimestampMs: bigint;
}

/** A line that cannot be read; `position` is its place in the lines that were loaded. */
export class LineError extends RangeError {
  readonly position: number;

  constructor(position: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.position = position;
  }
}

const DONE = 0;
const BATCH_FULL = 1;
const NO_ROOM = 2;
const FOREIGN = 3;

const AREA_BYTES_MIN = 1536 * 1024;
const OUTPUT_BYTES_MAX = 1024 * 1024 * 1024;
const LINE_FEED = 10;
const TIME_MIN = -(2n ** 63n);
const TIME_END = 2n ** 63n - 1n;

/**
 * Lines -> record batches, in WebAssembly; lines that are not canonical go through `decodeLine`. Memory: an input area
 * for the lines of one frame, then an output area for one batch. Both grow to what a frame or a record needs.
 */
export class WasmDecoder {
  readonly #codec: CodecExports;
  readonly #memory: CodecMemory;
  readonly #inputAt: number;
  #inputBytes = AREA_BYTES_MIN;
  #outputAt: number;
  #outputBytes = AREA_BYTES_MIN;
  /** Next line, and end of the lines. */
  #cursor: number;
  #linesEnd: number;
  /** End of the batch in the making. */
  #output: number;

  constructor() {
    this.#codec = newCodec();
    this.#memory = new CodecMemory(this.#codec.memory);
    this.#inputAt = this.#codec.areasStart();
    this.#cursor = this.#inputAt;
    this.#linesEnd = this.#inputAt;
    this.#outputAt = this.#inputAt + this.#inputBytes + AREA_SLACK_BYTES;
    this.#output = this.#outputAt;
    this.#memory.ensure(this.#outputAt + this.#outputBytes);
  }

  /** Bytes of memory in use, to tell when a decoder has grown too large to be kept. */
  get memoryBytes(): number {
    return this.#memory.bytes.length;
  }

  /** Lines read since `open`, wanted or not. */
  get linesRead(): number {
    return this.#codec.decodeLines();
  }

  get batchRecordCount(): number {
    return this.#codec.decodeCount();
  }

  /** Starts a segment. Drops the lines and the batch that may be left. */
  open({ range, timestamps }: WantedRecords): void {
    this.#codec.openDecoder(range.start, range.end, timestamps?.fromMs ?? TIME_MIN, timestamps?.untilMs ?? TIME_END);
    this.#codec.resetBatch();
    this.#cursor = this.#inputAt;
    this.#linesEnd = this.#inputAt;
    this.#output = this.#outputAt;
  }

  /** Takes whole lines in; those before must have been read. */
  load(lines: Uint8Array): void {
    if (lines.length > this.#inputBytes) this.#growInput(lines.length);
    this.#memory.bytes.set(lines, this.#inputAt);
    this.#cursor = this.#inputAt;
    this.#linesEnd = this.#inputAt + lines.length;
  }

  /**
   * Reads lines: 'batch' when a batch should be taken, 'done' when all lines are read.
   * @throws LineError
   */
  run(limits: BatchLimits): 'batch' | 'done' {
    const codec = this.#codec;
    for (;;) {
      const outputEnd = this.#outputAt + this.#outputBytes;
      const status = codec.decode(
        this.#cursor,
        this.#linesEnd,
        this.#outputAt,
        this.#output,
        outputEnd,
        limits.bytes,
        limits.records,
      );
      this.#cursor = codec.decodeCursor();
      this.#output = codec.decodeOutput();
      if (status === DONE) return 'done';
      if (status === BATCH_FULL) return 'batch';
      if (status === NO_ROOM) this.#growOutput();
      else if (status !== FOREIGN) throw this.#disorder();
      else if (!this.#readForeign(limits)) return 'batch';
    }
  }

  /** The batch that has gathered; takes it out. */
  takeBatch(): DecodedBatch {
    const codec = this.#codec;
    const batch = {
      body: this.#memory.bytes.subarray(this.#outputAt, this.#output),
      recordCount: codec.decodeCount(),
      firstOffset: codec.decodeFirst(),
      lastOffset: codec.decodeLast(),
      baseTimestampMs: codec.decodeBase(),
      minTimestampMs: codec.decodeMin(),
      maxTimestampMs: codec.decodeMax(),
    };
    codec.resetBatch();
    this.#output = this.#outputAt;
    return batch;
  }

  /** Reads the next line in JavaScript; false when its record is for the next batch. */
  #readForeign(limits: BatchLimits): boolean {
    const codec = this.#codec;
    const end = this.#memory.bytes.indexOf(LINE_FEED, this.#cursor) + 1;
    if (end === 0 || end > this.#linesEnd) throw new LineError(this.#cursor - this.#inputAt, 'a line does not end');
    const { record } = this.#decode(end);
    const note = codec.noteLine(record.offset, record.timestampMs);
    if (note === 2) throw this.#disorder();
    if (note === 1) {
      const count = codec.decodeCount();
      const base = count === 0 ? record.timestampMs : codec.decodeBase();
      const bytes = Buffer.concat(writeRecord(record, BigInt(count), base));
      const size = this.#output - this.#outputAt + bytes.length;
      if (count > 0 && size > limits.bytes) return false;
      while (size + AREA_SLACK_BYTES > this.#outputBytes) this.#growOutput();
      this.#memory.bytes.set(bytes, this.#output);
      this.#output += bytes.length;
      codec.countRecord(record.offset, record.timestampMs);
    }
    codec.countLine(record.offset);
    this.#cursor = end;
    return true;
  }

  #decode(end: number): ReturnType<typeof decodeLine> {
    try {
      return decodeLine(this.#memory.bytes.subarray(this.#cursor, end));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new LineError(this.#cursor - this.#inputAt, `not a line of a segment: ${reason}`, error);
    }
  }

  #disorder(): LineError {
    const before = this.#codec.decodePrevious();
    return new LineError(this.#cursor - this.#inputAt, `a line's offset is not greater than ${before}, the one before`);
  }

  #growInput(bytes: number): void {
    const batchBytes = this.#output - this.#outputAt;
    this.#inputBytes = Math.ceil(bytes / AREA_BYTES_MIN) * AREA_BYTES_MIN;
    const outputAt = this.#inputAt + this.#inputBytes + AREA_SLACK_BYTES;
    this.#memory.ensure(outputAt + this.#outputBytes);
    this.#memory.bytes.copyWithin(outputAt, this.#outputAt, this.#outputAt + batchBytes);
    this.#outputAt = outputAt;
    this.#output = outputAt + batchBytes;
  }

  #growOutput(): void {
    if (this.#outputBytes >= OUTPUT_BYTES_MAX) throw new RangeError('a record is larger than 1 GiB');
    this.#outputBytes *= 2;
    this.#memory.ensure(this.#outputAt + this.#outputBytes);
  }
}
