import { storeSegment } from '../../src/core/archive/segment-store.ts';
import { claimSource } from '../../src/core/archive/source-registry.ts';
import type { Bucket } from '../../src/core/bucket/bucket.ts';
import { writeBatch } from '../../src/core/record/batch-records.ts';
import { SegmentEncoder } from '../../src/core/segment/segment-encoder.ts';
import type { SegmentCompression } from '../../src/core/segment/segment-metadata.ts';

/** A message that is in the log of a partition. */
export interface LoggedMessage {
  readonly partition: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** What the source of a message archive is like. */
export interface MessageArchiveOptions {
  /** Default: `orders`. */
  readonly folder?: string;
  /** Another one makes another source. Default: `id-1`. */
  readonly topicId?: string;
  /** Offsets between the two segments of a partition that are missing. Default: none. */
  readonly leftOut?: bigint;
  /** Default: zstd. */
  readonly compression?: SegmentCompression;
}

/**
 * Archives messages as a source of a folder, by the real encoder, in two segments a partition, offsets from 0 in the order of the
 * messages. Gives the folder.
 */
export async function archiveMessages(
  bucket: Bucket,
  messages: readonly LoggedMessage[],
  options: MessageArchiveOptions = {},
): Promise<string> {
  const { folder = 'orders', topicId = 'id-1', leftOut = 0n, compression = 'zstd' } = options;
  const claim = { clusterId: 'c', topic: folder, topicId, partitionCount: 4, topicConfig: new Map(), nowMs: 1 };
  const { number: source } = await claimSource(bucket, folder, claim);
  const stamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false };
  for (const partition of new Set(messages.map((message) => message.partition))) {
    const all = messages
      .filter((message) => message.partition === partition)
      .map(({ timestampMs, key, value }, at) => ({
        offset: BigInt(at),
        timestampMs: BigInt(timestampMs),
        timestampType: 'CreateTime' as const,
        key: key === null ? null : Buffer.from(key),
        value: value === null ? null : Buffer.from(value),
        headers: [],
      }));
    const middle = BigInt(Math.ceil(all.length / 2));
    for (const [start, end] of [
      [0n, middle],
      [middle + leftOut, BigInt(all.length)],
    ] as const) {
      if (end <= start) continue;
      const encoder = new SegmentEncoder({
        identity: { clusterId: 'c', topic: folder, topicId, partition },
        start,
        compression,
        precedingGap: undefined,
        writer: 'w',
        createdAtMs: 2,
        isolation: 'read_uncommitted',
      });
      const part = all.filter(({ offset }) => offset >= start && offset < end);
      encoder.push(
        { bytes: writeBatch(part, stamp, 'none', start), lastStableOffset: end, abortedTransactions: [] },
        end,
      );
      await storeSegment(bucket, { folder, source, partition }, encoder.finish(end));
    }
  }
  return folder;
}
