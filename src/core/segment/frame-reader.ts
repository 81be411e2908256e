import zlib from 'node:zlib';
import { ByteQueue } from './byte-queue.ts';
import { gzipMemberAt, inflateMember } from './gzip-member.ts';
import { reasonOf, segmentCorrupt } from './segment-corrupt.ts';
import type { SegmentCompression } from './segment-metadata.ts';
import { checkMetadataContent, GZIP_TRAILER_FIELD, METADATA_MAGIC, SEEK_TABLE_MAGIC } from './segment-trailer.ts';
import { zstdFrameAt } from './zstd-frame.ts';

/** A frame may hold at most so much: one line of the largest record fits. */
const FRAME_LINES_BYTES_MAX = 512 * 1024 * 1024;
/** Lines that are not compressed are handed on in pieces of about this size. */
const PLAIN_BYTES = 1024 * 1024;

const LINE_FEED = 10;

/** Whole lines of a segment, whose checksum (if they were compressed) is right. */
export interface FrameLines {
  /** Where their frame starts in the object. */
  readonly position: number;
  readonly lines: Uint8Array;
}

/** What is read, and how. */
export interface FrameReaderOptions {
  readonly objectKey: string;
  readonly compression: SegmentCompression;
  /** Byte of the object that the first chunk starts with: 0, or the start of a frame. */
  readonly position: number;
  /** The chunks reach to the object's end, and so must its frames. */
  readonly whole: boolean;
  /** The last line must end with a line feed (files of the mirrored system may do without). */
  readonly strictEnd: boolean;
}

/**
 * Chunks of an object -> the lines of its frames, one frame after the other; nothing of a frame comes out before its
 * checksum is found right. Errors are SEGMENT_CORRUPT with the byte position of the frame.
 */
export class FrameReader {
  readonly #options: FrameReaderOptions;
  readonly #queue = new ByteQueue();
  #position: number;
  #inputEnded = false;
  #closed = false;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
    this.#position = options.position;
  }

  /** Takes the chunk over. */
  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
  }

  /** There are no more chunks. */
  end(): void {
    this.#inputEnded = true;
  }

  /** The next lines; 'input' when it takes another chunk (or `end`) to go on; 'end' behind the last. */
  next(): FrameLines | 'input' | 'end' {
    if (this.#options.compression === 'none') return this.#nextPlain();
    while (this.#queue.length > 0) {
      if (this.#closed) throw this.#corrupt('bytes follow the end of the segment');
      let step: { readonly sizeBytes: number; readonly lines: Uint8Array | undefined } | undefined;
      try {
        step = this.#options.compression === 'zstd' ? this.#zstdFrame() : this.#gzipMember();
      } catch (error) {
        throw this.#corrupt(reasonOf(error), error);
      }
      if (step === undefined) break;
      const position = this.#position;
      this.#queue.drop(step.sizeBytes);
      this.#position += step.sizeBytes;
      if (step.lines !== undefined) return { position, lines: step.lines };
    }
    if (!this.#inputEnded) return 'input';
    if (this.#queue.length > 0) throw this.#corrupt('the segment is cut off in a frame');
    if (this.#options.whole && !this.#closed) throw this.#corrupt('the segment is cut off: its trailer is missing');
    return 'end';
  }

  #zstdFrame(): { readonly sizeBytes: number; readonly lines: Uint8Array | undefined } | undefined {
    const bytes = this.#queue.peek();
    const frame = zstdFrameAt(bytes);
    if (frame === undefined) return undefined;
    const { sizeBytes } = frame;
    if (frame.kind === 'skippable') {
      if (frame.magic === METADATA_MAGIC) checkMetadataContent(bytes.subarray(8, sizeBytes));
      this.#closed = frame.magic === SEEK_TABLE_MAGIC;
      return { sizeBytes, lines: undefined };
    }
    if (!frame.checksum) throw new RangeError('a zstd frame has no checksum');
    const contentBytes = frame.contentBytes ?? FRAME_LINES_BYTES_MAX;
    if (contentBytes > FRAME_LINES_BYTES_MAX) throw new RangeError(`a zstd frame of ${contentBytes} bytes`);
    // A little more than needed: with a full buffer zlib would make another one to see whether that is all.
    const chunkSize = (frame.contentBytes ?? 1024 * 1024) + 64;
    const lines = zlib.zstdDecompressSync(bytes.subarray(0, sizeBytes), {
      chunkSize,
      maxOutputLength: Math.max(1, contentBytes),
    });
    return { sizeBytes, lines: checkLines(lines) };
  }

  #gzipMember(): { readonly sizeBytes: number; readonly lines: Uint8Array | undefined } | undefined {
    const member = gzipMemberAt(this.#queue.peek());
    if (member === undefined) return undefined;
    const lines = inflateMember(member, FRAME_LINES_BYTES_MAX);
    this.#closed = member.field?.name === GZIP_TRAILER_FIELD;
    return { sizeBytes: member.sizeBytes, lines: member.field === undefined ? checkLines(lines) : undefined };
  }

  #nextPlain(): FrameLines | 'input' | 'end' {
    const bytes = this.#queue.peek();
    const length = wholeLines(bytes);
    if (length > 0) return this.#takePlain(bytes.subarray(0, length));
    if (bytes.length > FRAME_LINES_BYTES_MAX) throw this.#corrupt('a line never ends');
    if (!this.#inputEnded) return 'input';
    if (bytes.length === 0) return 'end';
    if (this.#options.strictEnd || !this.#options.whole) throw this.#corrupt('the segment is cut off in a line');
    const ended = Buffer.concat([bytes, Buffer.of(LINE_FEED)]);
    this.#queue.drop(bytes.length);
    return { position: this.#position, lines: ended };
  }

  #takePlain(lines: Buffer): FrameLines {
    const position = this.#position;
    this.#queue.drop(lines.length);
    this.#position += lines.length;
    return { position, lines };
  }

  #corrupt(reason: string, cause?: unknown): Error {
    return segmentCorrupt(this.#options.objectKey, this.#position, reason, cause);
  }
}

function checkLines(lines: Uint8Array): Uint8Array {
  if (lines.length > 0 && lines[lines.length - 1] !== LINE_FEED) throw new RangeError('a frame ends within a line');
  return lines;
}

/** Bytes up to the last line feed among the first PLAIN_BYTES, or else to the first one at all. */
function wholeLines(bytes: Buffer): number {
  const within = bytes.lastIndexOf(LINE_FEED, Math.min(bytes.length, PLAIN_BYTES) - 1);
  return (within >= 0 ? within : bytes.indexOf(LINE_FEED, PLAIN_BYTES)) + 1;
}
