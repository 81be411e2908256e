import type { TestContext } from 'node:test';
import { connectKafka } from '../../src/core/kafka/connect-kafka.ts';
import type { KafkaConnectionOptions } from '../../src/core/kafka/connection-options.ts';
import type { FetchedBatches, FetchRequest, KafkaClient, TransactionalProducer } from '../../src/core/kafka/kafka-client.ts';
import { asBuffer, type BatchCodec, readBatchHeader } from '../../src/core/record/batch-header.ts';
import { readRecords, verifyBatch, writeBatch } from '../../src/core/record/batch-records.ts';
import { CommittedFilter, isAbortMarker } from '../../src/core/record/committed-filter.ts';
import { type Offset, partitionName, type TopicPartition } from '../../src/core/record/topic-partition.ts';
import { uniqueName } from './shared-services.ts';

/** A client of a test's own, closed when the test ends. */
export async function testClient(
  t: TestContext,
  bootstrap: string,
  options: Partial<KafkaConnectionOptions> = {},
): Promise<KafkaClient> {
  const client = await connectKafka({
    bootstrapServers: [bootstrap],
    clientId: 'test',
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    ...options,
  });
  t.after(() => client.close());
  return client;
}

/** A new topic of a test's own. */
export async function testTopic(
  client: KafkaClient,
  partitionCount: number,
  config: Readonly<Record<string, string>> = {},
): Promise<string> {
  const name = uniqueName('topic');
  await client.createTopics([{ name, partitionCount, replicationFactor: -1, config }]);
  return name;
}

/** Sends one batch of text values within the producer's transaction. */
export function produceTexts(
  producer: TransactionalProducer,
  at: TopicPartition,
  values: readonly string[],
  codec: BatchCodec = 'none',
): Promise<Offset> {
  const records = values.map((value, i) => ({
    offset: BigInt(i),
    timestampMs: 1_700_000_000_000n + BigInt(i),
    timestampType: 'CreateTime' as const,
    key: null,
    value: Buffer.from(value),
    headers: [],
  }));
  const stamp = {
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch,
    baseSequence: producer.nextSequence(at, values.length),
    transactional: true,
  };
  return producer.produce(at, writeBatch(records, stamp, codec), values.length);
}

/** The values that a read_committed reader sees in a partition, from its start to its last stable offset. */
export async function committedTexts(client: KafkaClient, at: TopicPartition): Promise<string[]> {
  const values: string[] = [];
  const [start] = (await client.listOffsets([at], 'earliest')).values();
  for (let offset = start ?? 0n; ; ) {
    const request: FetchRequest = { ...at, offset, bytesMax: 1 << 20, waitMs: 0, isolation: 'read_committed' };
    const fetched = await client.fetch(request);
    if (offset >= fetched.lastStableOffset) return values;
    const next = readCommitted(fetched, at, offset, values);
    if (next === offset) throw new Error(`no progress at ${partitionName(at)} ${offset}`);
    offset = next;
  }
}

function readCommitted(fetched: FetchedBatches, at: TopicPartition, from: Offset, values: string[]): Offset {
  const bytes = asBuffer(fetched.bytes);
  const filter = new CommittedFilter(fetched.abortedTransactions);
  let next = from;
  for (let position = 0; ; ) {
    const header = readBatchHeader(bytes, position, partitionName(at));
    if (header === undefined) return next;
    verifyBatch(bytes, header, partitionName(at));
    const isAborted = filter.aborts(header, () => isAbortMarker(bytes, header));
    if (!isAborted && !header.control && header.lastOffset < fetched.lastStableOffset) {
      for (const record of readRecords(bytes, header, partitionName(at))) {
        if (record.offset >= from) values.push(String(record.value));
      }
    }
    next = header.lastOffset + 1n;
    position += header.sizeBytes;
  }
}
