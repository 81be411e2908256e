import { crc32 } from 'node:zlib';
import { must } from '../../core/assert.ts';
import type { Offset, TopicPartition } from '../../core/record/topic-partition.ts';
import type { TransactionalProducer } from '../../core/kafka/kafka-client.ts';
import { nextStamp } from '../../core/kafka/next-stamp.ts';
import { BatchBuilder } from '../../core/record/batch-builder.ts';
import type { BatchCodec } from '../../core/record/batch-header.ts';
import { crc32c } from '../../core/record/crc32c.ts';
import { partitionForKey } from '../../core/record/partitioner.ts';
import type { Message } from '../format/message-format.ts';
import type { Partitioning, TableMapping } from '../mapping/load-mapping.ts';
import { noteBatch, type PartitionTally } from './partition-tally.ts';
import type { TableTally } from './load-tally.ts';

/** Bytes that may be on their way to Kafka. */
const IN_FLIGHT_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes that may wait in the batches of one table, which has many partitions, until they are sent as they are. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024;
const BATCH_BODY_BYTES = 512 * 1024;
/** Around a batch's records, and around key and value of one, without headers. */
const OVERHEAD_BYTES = 100;
const SCRATCH_BYTES_FIRST = 64 * 1024;
/** A character of JavaScript takes no more bytes of UTF-8. */
const UTF8_BYTES_MAX = 3;

/** Sends batches a few ahead of Kafka's answers. */
export class RecordSink {
  readonly #producer: TransactionalProducer;
  readonly #codec: BatchCodec;
  readonly #underWay = new Set<Promise<void>>();
  #bytesUnderWay = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(producer: TransactionalProducer, codec: BatchCodec) {
    this.#producer = producer;
    this.#codec = codec;
  }

  /** Sends what the builder holds. The caller waits for `room` before it makes much more. */
  send(at: TopicPartition, builder: BatchBuilder, tally: PartitionTally): void {
    const { recordCount } = builder;
    const stamp = nextStamp(this.#producer, at, recordCount);
    const batch = builder.build(stamp, this.#codec);
    this.#bytesUnderWay += batch.length;
    const sent = this.#producer
      .produce(at, batch, recordCount)
      .then((offset: Offset) => noteBatch(tally, offset, recordCount))
      .catch((error: unknown) => void (this.#failure ??= { error }))
      .finally(() => {
        this.#bytesUnderWay -= batch.length;
        this.#underWay.delete(sent);
      });
    this.#underWay.add(sent);
  }

  /** Undefined when there is room; otherwise resolves once there is. @throws what an earlier batch failed with */
  room(): Promise<void> | undefined {
    this.#throwFailure();
    return this.#bytesUnderWay > IN_FLIGHT_BYTES_MAX ? this.#untilRoom() : undefined;
  }

  /** Resolves when Kafka has all that was sent. @throws what a batch failed with */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#throwFailure();
  }

  async #untilRoom(): Promise<void> {
    while (this.#bytesUnderWay > IN_FLIGHT_BYTES_MAX) await Promise.race(this.#underWay);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** Bytes of one record, or why there is none. */
export type Written = number | { readonly tooLarge: string };

/** Writes the messages of one table as records, each into the partition that its key says. Hot. */
export class TableOutput {
  readonly tally: TableTally;
  readonly #sink: RecordSink;
  readonly #topic: string;
  readonly #partitioning: Partitioning;
  readonly #builders: readonly BatchBuilder[];
  readonly #recordBytesMax: number;
  readonly #headerBytes: number;
  readonly #bodyBytesMax: number;
  readonly #timestampMs: number;
  #scratch = Buffer.allocUnsafe(SCRATCH_BYTES_FIRST);
  #waitingBytes = 0;

  constructor(sink: RecordSink, mapping: TableMapping, tally: TableTally, topic: TopicLimits, timestampMs: number) {
    const headers = mapping.headers.map(({ name, value }) => ({ name: Buffer.from(name), value: Buffer.from(value) }));
    this.#headerBytes = headers.reduce((sum, { name, value }) => sum + name.length + value.length + 10, OVERHEAD_BYTES);
    this.tally = tally;
    this.#sink = sink;
    this.#topic = mapping.topic;
    this.#partitioning = mapping.partition;
    this.#builders = tally.partitions.map(() => new BatchBuilder(headers));
    this.#recordBytesMax = topic.messageBytesMax - this.#headerBytes;
    this.#bodyBytesMax = Math.min(BATCH_BODY_BYTES, topic.messageBytesMax - OVERHEAD_BYTES);
    this.#timestampMs = timestampMs;
  }

  /** Adds a record, and sends the batch that is full. */
  write({ key, value }: Message): Written {
    const scratch = this.#reserve((key.length + value.length) * UTF8_BYTES_MAX);
    const keyEnd = scratch.write(key, 0);
    return this.writeBytes(scratch, 0, keyEnd, keyEnd + scratch.write(value, keyEnd));
  }

  /** The same for a message in UTF-8: the key from `start` on, the value from `keyEnd` up to `end`. */
  writeBytes(bytes: Buffer, start: number, keyEnd: number, end: number): Written {
    const byteCount = end - start;
    if (byteCount > this.#recordBytesMax) {
      return { tooLarge: `a message of ${byteCount} bytes is larger than ${this.#topic} takes` };
    }
    const message = new Uint8Array(bytes.buffer, bytes.byteOffset + start, byteCount);
    const keyBytes = keyEnd - start;
    const partition = this.#partitionOf(message, keyBytes);
    const builder = must(this.#builders[partition], 'a key belongs to a partition that there is');
    if (builder.recordCount > 0 && builder.bodyBytes + byteCount + this.#headerBytes > this.#bodyBytesMax) {
      this.#send(partition, builder);
    } else if (this.#waitingBytes > WAITING_BYTES_MAX) this.flush();
    const before = builder.bodyBytes;
    builder.add(message, keyBytes, this.#timestampMs);
    this.#waitingBytes += builder.bodyBytes - before;
    this.tally.addLoaded(byteCount, crc32c(message));
    return byteCount;
  }

  /** Sends all that waits. */
  flush(): void {
    for (const [partition, builder] of this.#builders.entries()) this.#send(partition, builder);
  }

  #send(partition: number, builder: BatchBuilder): void {
    if (builder.recordCount === 0) return;
    this.#waitingBytes -= builder.bodyBytes;
    const tally = must(this.tally.partitions[partition], 'every partition is counted');
    this.#sink.send({ topic: this.#topic, partition }, builder, tally);
  }

  #partitionOf(message: Uint8Array, keyBytes: number): number {
    const partitioning = this.#partitioning;
    const count = this.#builders.length;
    if (partitioning === 'murmur2') return partitionForKey(message, count, keyBytes);
    return partitioning === 'crc32' ? crc32(message.subarray(0, keyBytes)) % count : partitioning.fixed;
  }

  #reserve(byteCount: number): Buffer {
    if (byteCount > this.#scratch.length) this.#scratch = Buffer.allocUnsafe(byteCount * 2);
    return this.#scratch;
  }
}

/** What a topic takes. */
export interface TopicLimits {
  readonly messageBytesMax: number;
}
