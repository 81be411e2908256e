import { assert } from '../assert.ts';
import type { BatchHeader } from '../record/batch-header.ts';
import type { Offset, OffsetRange } from '../record/topic-partition.ts';
import { AREA_SLACK_BYTES, CodecMemory, newCodec } from './codec-module.ts';
import type { CodecExports } from './codec-module.ts';

/** What `WasmEncoder.run` came to. */
export type EncodeStatus = 'done' | 'full' | 'gaps';

/** Lines since the last `takeLines`. */
export interface LinesSummary {
  readonly recordCount: number;
  readonly firstOffset: Offset;
  readonly lastOffset: Offset;
  readonly minTimestampMs: bigint;
  readonly maxTimestampMs: bigint;
}

const DONE = 0;
const FULL = 1;
const NO_ROOM = 2;
const GAPS_FULL = 3;

const INPUT_BYTES_MIN = 256 * 1024;
/** A line may be so much larger than the wanted size before the output area has to grow. */
const OUTPUT_HEADROOM_BYTES = 64 * 1024;
/** The longest line: six times the largest record's 64 MB, and then some. */
const OUTPUT_BYTES_MAX = 1024 * 1024 * 1024;
/** Lines are checksummed in pieces of about this size, which are still in a near cache: in a frame they no longer are. */
const CHECKED_BYTES = 64 * 1024;

/**
 * Record batches -> lines, in WebAssembly. Memory: an input area for one batch's records, then an output area that lines
 * gather in until `takeLines`. Both grow to what a batch or a line needs.
 */
export class WasmEncoder {
  readonly #codec: CodecExports;
  readonly #memory: CodecMemory;
  readonly #linesWanted: number;
  readonly #inputAt: number;
  #inputBytes = INPUT_BYTES_MIN;
  #inputEnd: number;
  #outputAt: number;
  #outputBytes: number;
  #cursor: number;
  /** Lines up to here are in `#linesCrc32c`. */
  #checkedTo: number;
  #linesCrc32c = 0;

  /** `linesWanted`: `run` stops with 'full' when so many bytes of lines have gathered. */
  constructor(linesWanted: number) {
    assert(linesWanted > 0, 'lines wanted');
    this.#codec = newCodec();
    this.#memory = new CodecMemory(this.#codec.memory);
    this.#linesWanted = linesWanted;
    this.#inputAt = this.#codec.areasStart();
    this.#inputEnd = this.#inputAt;
    this.#outputAt = this.#inputAt + this.#inputBytes + AREA_SLACK_BYTES;
    this.#outputBytes = linesWanted + OUTPUT_HEADROOM_BYTES;
    this.#cursor = this.#outputAt;
    this.#checkedTo = this.#outputAt;
    this.#memory.ensure(this.#outputAt + this.#outputBytes);
  }

  /** Bytes of memory in use, to tell when an encoder has grown too large to be kept. */
  get memoryBytes(): number {
    return this.#memory.bytes.length;
  }

  get linesBytes(): number {
    return this.#cursor - this.#outputAt;
  }

  /** Starts afresh, for records of another partition. */
  open(partition: number): void {
    this.#codec.openEncoder(partition);
    this.#cursor = this.#outputAt;
    this.#checkedTo = this.#outputAt;
    this.#linesCrc32c = 0;
  }

  /** Copies the bytes `start..end`, of a batch, into the input area. */
  load(bytes: Buffer, start: number, end: number): void {
    const size = end - start;
    if (size > this.#inputBytes) this.#growInput(size);
    bytes.copy(this.#memory.bytes, this.#inputAt, start, end);
    this.#inputEnd = this.#inputAt + size;
  }

  /** CRC-32C of what was loaded. */
  inputCrc32c(): number {
    return this.#codec.crc32c(this.#inputAt, this.#inputEnd, 0) >>> 0;
  }

  /**
   * Takes up a batch's records (decompressed), of which those in `range` are wanted; `run` encodes them. They are what
   * was loaded, but for its first `skip` bytes.
   */
  openBatch(header: BatchHeader, range: OffsetRange, skip = 0): void {
    const appended = header.timestampType === 'LogAppendTime';
    this.#codec.openBatch(
      this.#inputAt + skip,
      this.#inputEnd,
      header.recordCount,
      header.baseOffset,
      header.lastOffset,
      appended ? header.maxTimestampMs : header.baseTimestampMs,
      appended ? 1 : 0,
      range.start,
      range.end,
    );
  }

  /**
   * Encodes on: 'done' with the batch; 'full' when the lines should be taken; 'gaps' when the gaps should be.
   * @throws RangeError with the position in the body where the records break the format.
   */
  run(): EncodeStatus {
    for (;;) {
      const end = this.#outputAt + this.#outputBytes;
      const status = this.#codec.encode(this.#cursor, this.#outputAt + this.#linesWanted, end);
      this.#cursor = this.#codec.encodeOutput();
      if (this.#cursor - this.#checkedTo >= CHECKED_BYTES) this.#check();
      if (status === DONE) return 'done';
      if (status === FULL) return 'full';
      if (status === GAPS_FULL) return 'gaps';
      if (status !== NO_ROOM)
        throw new RangeError(`the records break the format at byte ${this.#codec.encodeErrorAt()}`);
      if (this.#cursor > this.#outputAt) return 'full';
      this.#growOutput();
    }
  }

  /** The next offset that the last batch's records did not reach. */
  expectedOffset(): Offset {
    return this.#codec.encodeExpected();
  }

  /** Ranges between records of the batches so far; takes them out. */
  takeGaps(): OffsetRange[] {
    const count = this.#codec.takeGaps();
    if (count === 0) return [];
    const words = new BigInt64Array(this.#memory.bytes.buffer, this.#codec.gapsAt(), count * 2);
    const gaps: OffsetRange[] = [];
    for (let i = 0; i < count; i++) gaps.push({ start: words[2 * i] ?? 0n, end: words[2 * i + 1] ?? 0n });
    return gaps;
  }

  /** CRC-32C of all lines since `open`. */
  get linesCrc32c(): number {
    this.#check();
    return this.#linesCrc32c;
  }

  #check(): void {
    this.#linesCrc32c = this.#codec.crc32c(this.#checkedTo, this.#cursor, this.#linesCrc32c) >>> 0;
    this.#checkedTo = this.#cursor;
  }

  /** The lines gathered, a view that holds until the next call of anything; and what they are. Takes them out. */
  takeLines(): { readonly lines: Uint8Array<ArrayBuffer>; readonly summary: LinesSummary } {
    this.#check();
    const codec = this.#codec;
    const summary = {
      recordCount: codec.encodeRecords(),
      firstOffset: codec.encodeFirst(),
      lastOffset: codec.encodeLast(),
      minTimestampMs: codec.encodeMin(),
      maxTimestampMs: codec.encodeMax(),
    };
    const lines = this.#memory.bytes.subarray(this.#outputAt, this.#cursor);
    this.#cursor = this.#outputAt;
    this.#checkedTo = this.#outputAt;
    codec.resetFrame();
    return { lines, summary };
  }

  #growInput(bytes: number): void {
    this.#check();
    const lines = this.linesBytes;
    this.#inputBytes = Math.ceil(bytes / INPUT_BYTES_MIN) * INPUT_BYTES_MIN;
    const outputAt = this.#inputAt + this.#inputBytes + AREA_SLACK_BYTES;
    this.#memory.ensure(outputAt + this.#outputBytes);
    this.#memory.bytes.copyWithin(outputAt, this.#outputAt, this.#outputAt + lines);
    this.#outputAt = outputAt;
    this.#cursor = outputAt + lines;
    this.#checkedTo = this.#cursor;
  }

  #growOutput(): void {
    if (this.#outputBytes >= OUTPUT_BYTES_MAX) throw new RangeError('a line is longer than 1 GiB');
    this.#outputBytes *= 2;
    this.#memory.ensure(this.#outputAt + this.#outputBytes);
  }
}
