import * as fc from 'fast-check';
import type { KafkaClient, TransactionalProducer } from '../../src/core/kafka/kafka-client.ts';
import { nextStamp } from '../../src/core/kafka/next-stamp.ts';
import { BATCH_CODECS, type BatchCodec } from '../../src/core/record/batch-header.ts';
import { writeBatch } from '../../src/core/record/batch-records.ts';
import type { KafkaRecord, RecordHeader } from '../../src/core/record/kafka-record.ts';
import type { TopicPartition } from '../../src/core/record/topic-partition.ts';
import { recordsArbitrary } from './record-arbitrary.ts';

/** Every partition gets every oddity, in batches of another compression each time. */
export const ODD_PARTITIONS = 3;
const MEGABYTE = 1024 * 1024;
const RANDOM_BATCHES = 24;
const RANDOM_SEED = 20_260_101;

type Draft = Omit<KafkaRecord, 'offset' | 'timestampType'>;

const bytes = (text: string): Uint8Array => Buffer.from(text);
const header = (name: string, value: string | null): RecordHeader => ({
  name: bytes(name),
  value: value === null ? null : bytes(value),
});

function draft(changes: Partial<Draft>): Draft {
  return { timestampMs: 1_735_689_600_000n, key: bytes('k'), value: bytes('v'), headers: [], ...changes };
}

/** The oddities that I4 names, one by one, so that a failure tells which. */
function namedOddities(): Draft[] {
  const noise = new Uint8Array(MEGABYTE).map((_, i) => (i * 2_654_435_761) >>> 13);
  return [
    draft({ key: null, value: null }),
    draft({ key: bytes(''), value: bytes('') }),
    draft({ key: null, value: bytes('') }),
    draft({ key: bytes(''), value: null }),
    draft({ value: Uint8Array.of(0xff, 0xfe, 0x00, 0x80) }),
    draft({ key: Uint8Array.of(0xed, 0xa0, 0x80), value: Uint8Array.of(0xc3) }),
    draft({ value: bytes('{"a":"\\"\\\\ \n\r\t\b\f\u0000\u001f\u007f / é 漢 😀 \u2028"}') }),
    draft({ headers: [header('h', '1'), header('h', '2'), header('h', '1'), header('', ''), header('n', null)] }),
    draft({ headers: [{ name: Uint8Array.of(0xff), value: Uint8Array.of(0x80, 0x81) }] }),
    draft({ timestampMs: 1_735_689_600_000n }),
    draft({ timestampMs: 1_735_689_599_000n }),
    draft({ timestampMs: 0n }),
    draft({ timestampMs: -1n }),
    draft({ timestampMs: 253_402_300_800_000n }),
    draft({ value: noise }),
    draft({ value: bytes('x'.repeat(MEGABYTE)) }),
  ];
}

/**
 * Fills a topic with everything that a record can be, in committed and aborted transactions and all compressions.
 * Gives the number of records that were committed.
 */
export async function fillOddTopic(
  client: KafkaClient,
  topic: string,
  options: { readonly needsKeys: boolean },
): Promise<number> {
  let committed = 0;
  const named = (): Draft[] => (options.needsKeys ? namedOddities().map(withKey) : namedOddities());
  const producer = await client.transactionalProducer({
    transactionalId: `odd-${topic}`,
    transactionTimeoutMs: 30_000,
  });
  const random = fc.sample(recordsArbitrary({ maxLength: 40, dense: true }), {
    numRuns: RANDOM_BATCHES,
    seed: RANDOM_SEED,
  });
  for (let partition = 0; partition < ODD_PARTITIONS; partition++) {
    const at = { topic, partition };
    for (const codec of BATCH_CODECS) {
      committed += await transaction(producer, at, named(), codec, 'commit');
      await transaction(producer, at, named().slice(0, 5), codec, 'abort');
    }
    for (const [i, records] of random.entries()) {
      const codec = BATCH_CODECS[i % BATCH_CODECS.length] ?? 'none';
      const drafts = records.map(brokerTakes).map(options.needsKeys ? withKey : same);
      committed += await transaction(producer, at, drafts, codec, i % 4 === 3 ? 'abort' : 'commit');
    }
    // Nothing but aborted records and markers at the very end: they have offsets, and must not stop the archive.
    await transaction(producer, at, named().slice(0, 1), 'none', 'abort');
  }
  await producer.close();
  return committed;
}

/** Brokers refuse a CreateTime below -1. */
function brokerTakes({ key, value, headers, timestampMs }: KafkaRecord): Draft {
  return { key, value, headers, timestampMs: timestampMs < -1n ? -1n : timestampMs };
}

/** A compacted topic takes no record without a key. */
function withKey(record: Draft): Draft {
  return record.key === null ? { ...record, key: bytes('no key') } : record;
}

function same(record: Draft): Draft {
  return record;
}

/** Gives the number of records that were committed. */
async function transaction(
  producer: TransactionalProducer,
  at: TopicPartition,
  drafts: readonly Draft[],
  codec: BatchCodec,
  outcome: 'commit' | 'abort',
): Promise<number> {
  producer.begin();
  const records = drafts.map((record, i) => ({ ...record, offset: BigInt(i), timestampType: 'CreateTime' as const }));
  const stamp = nextStamp(producer, at, records.length);
  await producer.produce(at, writeBatch(records, stamp, codec), records.length);
  await (outcome === 'commit' ? producer.commit() : producer.abort());
  return outcome === 'commit' ? records.length : 0;
}
