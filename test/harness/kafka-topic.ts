import { connectKafka } from '../../src/core/kafka/connect-kafka.ts';
import type { KafkaConnectionOptions } from '../../src/core/kafka/connection-options.ts';
import type {
  FetchedBatches,
  FetchRequest,
  KafkaClient,
  TransactionalProducer,
} from '../../src/core/kafka/kafka-client.ts';
import { nextStamp } from '../../src/core/kafka/next-stamp.ts';
import { asBuffer, type BatchCodec, readBatchHeader } from '../../src/core/record/batch-header.ts';
import { readRecords, verifyBatch, writeBatch } from '../../src/core/record/batch-records.ts';
import type { KafkaRecord } from '../../src/core/record/kafka-record.ts';
import { CommittedFilter, isAbortMarker } from '../../src/core/record/committed-filter.ts';
import { type Offset, partitionName, type TopicPartition } from '../../src/core/record/topic-partition.ts';
import { until } from '../../src/demo/services/until.ts';
import { uniqueName } from './shared-services.ts';

/** What calls back when a test ends: its context, or what stands for a whole file. */
export interface TestEnd {
  readonly after: (stop: () => unknown) => void;
}

/** A client of a test's own, closed when the test ends. */
export async function testClient(
  t: TestEnd,
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

/** Timestamp of the first record of each batch that `produceTexts` writes; the others follow by a millisecond each. */
export const FIRST_TIMESTAMP_MS = Date.now() - 60_000;

/** Sends one batch of text values within the producer's transaction. */
export function produceTexts(
  producer: TransactionalProducer,
  at: TopicPartition,
  values: readonly string[],
  codec: BatchCodec = 'none',
): Promise<Offset> {
  const records = values.map((value, i) => ({
    offset: BigInt(i),
    timestampMs: BigInt(FIRST_TIMESTAMP_MS + i),
    timestampType: 'CreateTime' as const,
    key: null,
    value: Buffer.from(value),
    headers: [],
  }));
  const stamp = nextStamp(producer, at, values.length);
  return producer.produce(at, writeBatch(records, stamp, codec), values.length);
}

/**
 * Waits until no transaction is open in the partition: brokers write the markers after they answered the commit. Gives
 * the end of the log.
 */
export async function settledEnd(client: KafkaClient, at: TopicPartition): Promise<Offset> {
  const name = partitionName(at);
  return until(
    async () => {
      const [stable, latest] = await Promise.all([
        client.listOffsets([at], 'stable'),
        client.listOffsets([at], 'latest'),
      ]);
      return stable.get(name) === latest.get(name) ? latest.get(name) : undefined;
    },
    { deadlineMs: 20_000, what: `the transactions in ${name} to end` },
  );
}

/** The values that a read_committed reader sees in a partition once no transaction is open in it. */
export async function committedTexts(client: KafkaClient, at: TopicPartition): Promise<string[]> {
  return (await committedRecords(client, at)).map(({ value }) => String(value));
}

/** The records that a read_committed reader sees in a partition once no transaction is open in it. */
export async function committedRecords(client: KafkaClient, at: TopicPartition): Promise<KafkaRecord[]> {
  await settledEnd(client, at);
  const records: KafkaRecord[] = [];
  const [start] = (await client.listOffsets([at], 'earliest')).values();
  for (let offset = start ?? 0n; ;) {
    const request: FetchRequest = { ...at, offset, bytesMax: 1 << 20, waitMs: 0, isolation: 'read_committed' };
    const fetched = await client.fetch(request);
    if (offset >= fetched.lastStableOffset) return records;
    const next = readCommitted(fetched, at, offset, records);
    if (next === offset) throw new Error(`no progress at ${partitionName(at)} ${offset}`);
    offset = next;
  }
}

function readCommitted(fetched: FetchedBatches, at: TopicPartition, from: Offset, records: KafkaRecord[]): Offset {
  const bytes = asBuffer(fetched.bytes);
  const filter = new CommittedFilter(fetched.abortedTransactions);
  let next = from;
  for (let position = 0; ;) {
    const header = readBatchHeader(bytes, position, partitionName(at));
    if (header === undefined) return next;
    verifyBatch(bytes, header, partitionName(at));
    const isAborted = filter.aborts(header, () => isAbortMarker(bytes, header));
    if (!isAborted && !header.control && header.lastOffset < fetched.lastStableOffset) {
      for (const record of readRecords(bytes, header, partitionName(at))) {
        if (record.offset >= from) records.push(record);
      }
    }
    next = header.lastOffset + 1n;
    position += header.sizeBytes;
  }
}
