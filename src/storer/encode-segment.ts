import type { KafkaClient } from '../core/kafka/kafka-client.ts';
import { scanBatches } from '../core/record/batch-header.ts';
import { type Offset, partitionName, type TopicPartition } from '../core/record/topic-partition.ts';
import type { EncoderHandle, FinishedSegment } from '../core/segment/segment-threads.ts';

/** Which part of a partition is to become one segment. */
export interface SegmentTarget {
  readonly at: TopicPartition;
  readonly topicId: string;
  readonly start: Offset;
  /** What waits: the segment ends here at the latest, unless a batch reaches further. */
  readonly stopAt: Offset;
  /** Never beyond: an existing segment begins there. */
  readonly limit: Offset;
  /** Bytes of lines after which it is full. */
  readonly segmentBytes: number;
  readonly isolation: 'read_committed' | 'read_uncommitted';
}

/** How a segment's records are fetched. */
export interface FetchPolicy {
  /** Of one fetch. */
  readonly bytesMax: number;
  /** How long the broker may hold a fetch that finds nothing. */
  readonly waitMs: number;
}

/** What is needed from outside while a segment is made. */
export interface SegmentIo {
  readonly kafka: Pick<KafkaClient, 'fetch' | 'recycle'>;
  readonly fetch: FetchPolicy;
  /** Told of the log's end as each fetch reports it. */
  readonly logEndSeen: (end: Offset) => void;
  /** Aborts early: the segment ends with what it has. */
  readonly cut: AbortSignal;
}

/** Fetches may run this many pushes ahead of the encoder: one is encoded while the next is on its way. */
const PUSHES_AHEAD = 1;

/** A line is longer than its record on the wire; until the encoder has said how much, by about this factor. */
const LINES_PER_WIRE_BYTE_GUESS = 1.6;

/**
 * Fetches a part of a partition and has it encoded. Memory is bounded by `PUSHES_AHEAD` fetches beside the segment.
 * Undefined when nothing could be read (the log ends at `start` for a reader of this isolation level, or the cut came
 * first). The handle is used up in any case.
 */
export async function encodeSegment(
  target: SegmentTarget,
  encoder: EncoderHandle,
  io: SegmentIo,
): Promise<FinishedSegment | undefined> {
  const pushes: Promise<unknown>[] = [];
  const size = new SizeEstimate();
  let position = target.start;
  try {
    while (position < target.stopAt && position < target.limit && !io.cut.aborted) {
      const room = target.segmentBytes - size.linesBytes;
      if (room <= 0) break;
      const bytesMax = Math.min(io.fetch.bytesMax, size.wireBytes(room));
      const fetched = await io.kafka.fetch({
        ...target.at,
        topicId: target.topicId,
        offset: position,
        bytesMax,
        waitMs: io.fetch.waitMs,
        isolation: target.isolation,
        lent: true,
      });
      const logEnd = target.isolation === 'read_committed' ? fetched.lastStableOffset : fetched.highWatermark;
      io.logEndSeen(logEnd);
      const { buffer, length: wireBytes } = fetched.bytes;
      const end = readableEnd(fetched.bytes, target, logEnd);
      if (end === undefined || end <= position) {
        io.kafka.recycle(buffer);
        break;
      }
      position = end;
      size.pushed(wireBytes);
      const push = encoder.push(fetched, target.limit);
      // Answered is read: also when it failed nobody looks at the records any more.
      const answered = push.finally(() => io.kafka.recycle(buffer));
      answered.then(({ linesBytes }) => size.encoded(wireBytes, linesBytes), ignore);
      pushes.push(answered);
      if (pushes.length > PUSHES_AHEAD) await pushes.shift();
    }
    await Promise.all(pushes);
    if (position === target.start) return undefined;
    return await encoder.finish(position);
  } finally {
    encoder.discard();
    await Promise.allSettled(pushes);
  }
}

/**
 * Where the encoder will stand after `bytes`. A broker reads its log's end before it reads the log: batches that became
 * readable between the two are fetched once more, since the encoder takes nothing from the end it was told on.
 */
function readableEnd(bytes: Uint8Array, { at, limit, isolation }: SegmentTarget, logEnd: Offset): Offset | undefined {
  const { end } = scanBatches(bytes, partitionName(at));
  const stop = isolation === 'read_committed' && logEnd < limit ? logEnd : limit;
  return end !== undefined && stop < end ? stop : end;
}

/** How many bytes of lines what was fetched so far makes: known for what is encoded, estimated for what is on its way. */
class SizeEstimate {
  #pendingWireBytes = 0;
  #encodedWireBytes = 0;
  #encodedLinesBytes = 0;

  get linesBytes(): number {
    return this.#encodedLinesBytes + this.#pendingWireBytes * this.#ratio;
  }

  /** Bytes on the wire that make `linesBytes` of lines, at least one. */
  wireBytes(linesBytes: number): number {
    return Math.max(1, Math.ceil(linesBytes / this.#ratio));
  }

  pushed(wireBytes: number): void {
    this.#pendingWireBytes += wireBytes;
  }

  encoded(wireBytes: number, linesBytesSoFar: number): void {
    this.#pendingWireBytes -= wireBytes;
    this.#encodedWireBytes += wireBytes;
    this.#encodedLinesBytes = linesBytesSoFar;
  }

  get #ratio(): number {
    if (this.#encodedWireBytes === 0) return LINES_PER_WIRE_BYTE_GUESS;
    return Math.max(0.1, this.#encodedLinesBytes / this.#encodedWireBytes);
  }
}

function ignore(): void {
  // The same rejection is seen by whoever awaits the push.
}
