import { assert } from '../core/assert.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import type { TransactionalProducer } from '../core/kafka/kafka-client.ts';
import { nextStamp } from '../core/kafka/next-stamp.ts';
import type { TopicPartition } from '../core/record/topic-partition.ts';
import type { SegmentThreads } from '../core/segment/segment-threads.ts';
import type { AnnouncedSegment } from './commit-transaction.ts';

interface ForwardIo {
  readonly bucket: Bucket;
  readonly threads: SegmentThreads;
  readonly producer: TransactionalProducer;
}

/** Below Kafka's default `message.max.bytes` (1 MiB and a bit), header included. */
const BATCH_BYTES = 900_000;
const BATCH_RECORDS_MAX = 50_000;
/** Batches sent and not yet acknowledged. */
const IN_FLIGHT_MAX = 5;

/**
 * Produces a stored segment's records once more, same partition number, same order, as part of the open transaction.
 * They come from the segment itself, not from the consumed topic: what is forwarded is what is archived, after a
 * recovery too, when Kafka may have dropped them.
 */
export async function forwardSegment(io: ForwardIo, segment: AnnouncedSegment, target: TopicPartition): Promise<void> {
  const { producer } = io;
  const decoder = io.threads.openDecoder({
    stamp: nextStamp(producer, target, 0),
    codec: 'none',
    batchBytes: BATCH_BYTES,
    batchRecordsMax: BATCH_RECORDS_MAX,
  });
  const source = {
    objectKey: segment.key,
    compression: segment.metadata.compression,
    metadata: segment.metadata,
    position: 0,
    whole: true,
    range: { start: segment.from, end: segment.metadata.end },
  };
  const inFlight = new Set<Promise<unknown>>();
  try {
    for await (const { batches } of decoder.decode(source, await chunks(io.bucket, segment))) {
      for (const { batch, recordCount } of batches) {
        const sequence = producer.nextSequence(target, recordCount);
        assert(sequence >= 0, 'a sequence number is never negative');
        const sent = producer.produce(target, batch, recordCount).finally(() => inFlight.delete(sent));
        inFlight.add(sent);
        if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight);
      }
    }
    await Promise.all(inFlight);
  } finally {
    decoder.discard();
    await Promise.allSettled(inFlight);
  }
}

/** Copies: a decoder takes its buffers over, and the same body may be forwarded to several topics. */
async function chunks(bucket: Bucket, segment: AnnouncedSegment): Promise<Uint8Array<ArrayBuffer>[]> {
  const body = segment.body ?? [await bucket.get(segment.key)];
  return body.map((chunk) => new Uint8Array(chunk));
}
