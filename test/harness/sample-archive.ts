import { claimSource, type Source } from '../../src/core/archive/source-registry.ts';
import { storeSegment } from '../../src/core/archive/segment-store.ts';
import type { StoredSegment } from '../../src/core/archive/stored-segment.ts';
import type { PartitionLocation } from '../../src/core/archive/archive-layout.ts';
import type { Bucket } from '../../src/core/bucket/bucket.ts';
import { writeBatch } from '../../src/core/record/batch-records.ts';
import type { KafkaRecord } from '../../src/core/record/kafka-record.ts';
import type { OffsetGap } from '../../src/core/record/topic-partition.ts';
import { SegmentEncoder } from '../../src/core/segment/segment-encoder.ts';
import type { SegmentCompression } from '../../src/core/segment/segment-metadata.ts';

/** What a sample segment is to be like. */
export interface SampleSegment {
  readonly start: bigint;
  readonly end: bigint;
  readonly compression?: SegmentCompression | undefined;
  readonly precedingGap?: OffsetGap | undefined;
  /** Offsets without a record. */
  readonly compacted?: readonly bigint[] | undefined;
}

/** An archive made by the real encoder, without Kafka: a folder with one source. */
export class SampleArchive {
  readonly bucket: Bucket;
  readonly source: Source;

  private constructor(bucket: Bucket, source: Source) {
    this.bucket = bucket;
    this.source = source;
  }

  static async create(bucket: Bucket, folder = 'orders', topicId = 'topic-id-1'): Promise<SampleArchive> {
    const claim = {
      clusterId: 'cluster-a',
      topic: folder,
      topicId,
      partitionCount: 2,
      topicConfig: new Map(),
      nowMs: 1,
    };
    return new SampleArchive(bucket, await claimSource(bucket, folder, claim));
  }

  location(partition: number): PartitionLocation {
    return { folder: this.source.folder, source: this.source.number, partition };
  }

  /** Stores a segment of a partition with a record at every offset that is not compacted. */
  async store(partition: number, sample: SampleSegment): Promise<StoredSegment> {
    const { start, end, compression = 'zstd', precedingGap, compacted = [] } = sample;
    const { clusterId, topic, topicId } = this.source;
    const identity = { clusterId, topic, topicId, partition };
    const options = { identity, start, compression, precedingGap, writer: 'writer-1', createdAtMs: 2 };
    // Small frames, so that there are several.
    const encoder = new SegmentEncoder({ ...options, isolation: 'read_uncommitted', frameBytes: 4096 });
    const offsets = Array.from({ length: Number(end - start) }, (_, at) => start + BigInt(at));
    const records = offsets.filter((offset) => !compacted.includes(offset)).map(sampleRecord);
    const stamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false };
    const bytes = writeBatch(records, stamp, 'none', start);
    encoder.push({ bytes, lastStableOffset: end, abortedTransactions: [] }, end);
    return (await storeSegment(this.bucket, this.location(partition), encoder.finish(end))).segment;
  }
}

/** A record a second, with a key and a payload that say where it is from. */
export function sampleRecord(offset: bigint): KafkaRecord {
  return {
    offset,
    timestampMs: 1_700_000_000_000n + offset * 1000n,
    timestampType: 'CreateTime',
    key: Buffer.from(`key-${offset % 7n}`),
    value: offset % 10n === 9n ? null : Buffer.from(JSON.stringify({ order: String(offset), note: 'a "quoted" word' })),
    headers: [],
  };
}
