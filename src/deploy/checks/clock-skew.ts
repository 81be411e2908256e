import { AppError, isAppError } from '../../core/errors.ts';
import type { KafkaClient, TransactionalProducer } from '../../core/kafka/kafka-client.ts';
import { nextStamp } from '../../core/kafka/next-stamp.ts';
import { asBuffer, readBatchHeader } from '../../core/record/batch-header.ts';
import { writeBatch } from '../../core/record/batch-records.ts';
import { type Offset, partitionName } from '../../core/record/topic-partition.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { formatDuration } from '../../core/runtime/human-units.ts';
import { type CheckResult, held, refused } from './check-result.ts';

const TRANSACTION_TIMEOUT_MS = 30_000;
const FETCH_BYTES = 64 * 1024;
/** The first record of a producer takes longer: it is announced to the coordinator before. */
const ROUNDS = 4;

/** How far a broker's clock is ahead of ours (negative: behind), and how exactly that is known. Milliseconds. */
export interface ClockSkew {
  readonly skewMs: number;
  /** The true value is at most so far from it: half of the time that the broker took to answer. */
  readonly uncertaintyMs: number;
}

/**
 * Measures a broker's clock against this machine's. Kafka has no call that tells the time; but the leader of a topic with
 * `message.timestamp.type=LogAppendTime` stamps each batch with its own clock between our sending it and its answer. So a
 * topic of that kind is created under the given name, a few records are written to it and read back, and the topic is deleted.
 * It needs the right to create and delete it, and its name as transactional id; left over from a crash, it is deleted first.
 * @throws KAFKA_*
 */
export async function measureClockSkew(kafka: KafkaClient, topic: string, clock: Clock): Promise<ClockSkew> {
  await kafka.deleteTopics([topic]);
  const config = { 'message.timestamp.type': 'LogAppendTime' };
  await kafka.createTopics([{ name: topic, partitionCount: 1, replicationFactor: -1, config }]);
  try {
    const options = { transactionalId: topic, transactionTimeoutMs: TRANSACTION_TIMEOUT_MS };
    const producer = await kafka.transactionalProducer(options);
    try {
      producer.begin();
      const sent: SentRecord[] = [];
      for (let round = 0; round < ROUNDS; round++) sent.push(await sendRecord(producer, topic, clock));
      const stampsMs = await readStamps(kafka, topic);
      await producer.abort();
      return narrowest(sent, stampsMs);
    } finally {
      await producer.close();
    }
  } finally {
    await kafka.deleteTopics([topic]);
  }
}

/** What the clock is measured with. */
export interface ClockCheckOptions {
  /** Of the topic that is created for the measurement and deleted. */
  readonly topic: string;
  readonly clock: Clock;
  /** How far the clocks may differ. */
  readonly maxMs: number;
}

/**
 * The broker's clock, measured, is near enough to ours. DEPLOY_CLOCK_SKEW. Where this user may not create a topic for it,
 * that is noted: nothing is known of the clock then.
 */
export async function checkClocks(kafka: KafkaClient, options: ClockCheckOptions): Promise<CheckResult> {
  const { topic, clock, maxMs } = options;
  try {
    return clockSkewAllowed(await measureClockSkew(kafka, topic, clock), maxMs);
  } catch (error) {
    if (!isAppError(error, 'KAFKA_AUTHORIZATION_FAILED')) throw error;
    return held("the broker's clock was not measured", { reason: error.message }, 'noted');
  }
}

/** The clocks are near enough. DEPLOY_CLOCK_SKEW when they differ by more than `maxMs` for certain. */
export function clockSkewAllowed({ skewMs, uncertaintyMs }: ClockSkew, maxMs: number): CheckResult {
  const check = `the clocks of Kafka and of this machine differ by at most ${formatDuration(maxMs)}`;
  const found = { skewMs: Math.round(skewMs), uncertaintyMs: Math.ceil(uncertaintyMs) };
  if (Math.abs(skewMs) - uncertaintyMs <= maxMs) return held(check, found);
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return refused(check, found, {
    code: 'DEPLOY_CLOCK_SKEW',
    message: `The clock of the Kafka broker is ${formatDuration(Math.abs(skewMs))} ${direction} the clock of this machine`,
    subject: 'clock',
    hint: 'Positions that are looked up by time would be wrong. Set the clocks (NTP), or raise checks.clockSkewMax knowingly.',
  });
}

/**
 * No record of the topics is from the future: whoever stamps them (the producer, or the broker with LogAppendTime) has a clock
 * that is not ahead of ours by more than `maxMs`. Reads only. DEPLOY_CLOCK_SKEW names the partitions.
 */
export async function checkNoFutureRecords(
  kafka: KafkaClient,
  topics: readonly string[],
  options: { readonly maxMs: number; readonly nowMs: number },
): Promise<CheckResult> {
  const { maxMs, nowMs } = options;
  const partitions = (await kafka.describeTopics(topics)).flatMap(({ name: topic, partitionCount }) =>
    Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition })),
  );
  const ahead = await kafka.listOffsets(partitions, { timestampMs: nowMs + maxMs + 1 });
  const check = `no record of ${topics.join(', ')} is from the future (more than ${formatDuration(maxMs)})`;
  const names = partitions.map(partitionName).filter((name) => ahead.has(name));
  const found = { now: new Date(nowMs).toISOString(), maxMs, offsets: offsetsJson(names, ahead) };
  if (names.length === 0) return held(check, found);
  const texts = names.slice(0, 5).map((name) => `${name} from offset ${ahead.get(name)} on`);
  return refused(check, found, {
    code: 'DEPLOY_CLOCK_SKEW',
    message: `Records have timestamps that are more than ${formatDuration(maxMs)} in the future of this machine: ${texts.join(', ')}`,
    subject: names[0] ?? '',
    hint: 'Set the clocks of this machine and of what writes there, or name offsets instead of times.',
  });
}

function offsetsJson(names: readonly string[], offsets: ReadonlyMap<string, Offset>): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, String(offsets.get(name))]));
}

/** When a record was sent, and when the broker had it. */
export interface SentRecord {
  readonly sentMs: number;
  readonly answeredMs: number;
}

async function sendRecord(producer: TransactionalProducer, topic: string, clock: Clock): Promise<SentRecord> {
  const at = { topic, partition: 0 };
  const stamp = nextStamp(producer, at, 1);
  const record = {
    offset: 0n,
    timestampMs: BigInt(clock.nowMs()),
    timestampType: 'CreateTime' as const,
    key: null,
    value: Buffer.from('clock'),
    headers: [],
  };
  const batch = writeBatch([record], stamp, 'none');
  const sentMs = clock.nowMs();
  await producer.produce(at, batch, 1);
  return { sentMs, answeredMs: clock.nowMs() };
}

/** What the broker stamped each batch of the topic with, in order. */
async function readStamps(kafka: KafkaClient, topic: string): Promise<number[]> {
  const isolation = 'read_uncommitted' as const;
  const request = { topic, partition: 0, offset: 0n, bytesMax: FETCH_BYTES, waitMs: 1000, isolation };
  const bytes = asBuffer((await kafka.fetch(request)).bytes);
  const stampsMs: number[] = [];
  for (let position = 0; ;) {
    const header = readBatchHeader(bytes, position, topic);
    if (header === undefined) return stampsMs;
    if (header.timestampType === 'LogAppendTime') stampsMs.push(Number(header.maxTimestampMs));
    position += header.sizeBytes;
  }
}

/** From the record that was answered soonest. @throws KAFKA_REQUEST_FAILED when there is not a stamp for each */
export function narrowest(sent: readonly SentRecord[], stampsMs: readonly number[]): ClockSkew {
  const skews = sent.flatMap(({ sentMs, answeredMs }, index): ClockSkew[] => {
    const stampMs = stampsMs[index];
    if (stampMs === undefined) return [];
    return [{ skewMs: stampMs - (sentMs + answeredMs) / 2, uncertaintyMs: (answeredMs - sentMs) / 2 }];
  });
  const [best] = skews.toSorted((a, b) => a.uncertaintyMs - b.uncertaintyMs);
  if (best !== undefined && stampsMs.length === sent.length) return best;
  throw new AppError('KAFKA_REQUEST_FAILED', "Reading the broker's time: its records have no time of the broker", {
    hint: 'Does something else write to that topic, or does a policy of the cluster change the settings of topics?',
  });
}
