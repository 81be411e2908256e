import { must } from '../../core/assert.ts';
import { AppError } from '../../core/errors.ts';
import type { KafkaClient, TopicDescription } from '../../core/kafka/kafka-client.ts';
import type { LoadMapping } from '../mapping/load-mapping.ts';
import { type CheckedRows, type CheckServices, checkRows } from './check-rows.ts';
import { LoadJournal } from './load-journal.ts';
import type { LoadOptions, LoadServices } from './load-options.ts';
import { loadRows, type LoadTopic } from './load-rows.ts';
import { checkIdentity, defaultLoadId, identityOf, type LoadState, newState } from './load-state.ts';
import { type RefusedFrom, RefusedRows } from './refused-rows.ts';

/** Kafka's own default of `max.message.bytes`. */
const MESSAGE_BYTES_MAX = 1_048_588;

/** What a load came to. */
export interface LoadResult {
  /** As it was committed; `running` when it was stopped in between. */
  readonly state: LoadState;
  /** True when the load of that id was done already, and nothing was read or written. */
  readonly wasDone: boolean;
  /** Rows that this run did not have to write, because an earlier one had. */
  readonly resumedAtRow: number;
}

/**
 * Loads rows into Kafka, each once, also when it is killed and run again: first a look at everything (counts, refused rows,
 * duplicate keys), and only then records, in transactions that hold the state that they lead to.
 * @throws KAFKA_TOPIC_MISSING, LOAD_DUPLICATE_KEYS, LOAD_INPUT_UNREADABLE, LOAD_MAPPING_INVALID, LOAD_RESUME_MISMATCH,
 * LOAD_TABLE_UNMAPPED, LOAD_TOO_MANY_BAD_ROWS, KAFKA_FENCED when the same load runs elsewhere
 */
export async function runLoad(options: LoadOptions, services: LoadServices): Promise<LoadResult> {
  const { kafka, clock } = services;
  const { sources, mapping } = options;
  const descriptions = await describeTargets(kafka, mapping);
  const identity = identityOf(sources, mapping, descriptions);
  const id = options.id ?? defaultLoadId(identity);
  const journal = new LoadJournal(kafka, options.loadsTopic, clock);
  await journal.prepare();
  // Before the state is read: whoever loads the same is shut out, and what it left open is ended.
  const producer = await kafka.transactionalProducer({
    transactionalId: `bss-load-${id}`,
    transactionTimeoutMs: options.transactionTimeoutMs,
  });
  try {
    const known = await journal.read(id);
    if (known !== undefined) checkIdentity(known, identity);
    if (known?.state === 'succeeded') return { state: known, wasDone: true, resumedAtRow: known.rows.read };
    const from = known ?? newState(id, identity, clock.nowMs(), (await checkFirst(options, services))?.rows);
    const topics = await limitsOf(kafka, descriptions);
    const refused = await openRefused(options, { count: from.rows.refused, bytes: from.errorsBytes });
    try {
      const state = await loadRows(options, services, { producer, journal, refused, from, topics });
      return { state, wasDone: false, resumedAtRow: from.rows.read };
    } finally {
      await refused.close();
    }
  } finally {
    await producer.close();
  }
}

/**
 * The check alone, for a dry run: nothing is written but the file of refused rows. Undefined: inputs that can be read but
 * once, and whose keys need not be compared, are not looked at before.
 * @throws as `runLoad`
 */
export async function checkFirst(options: LoadOptions, services: CheckServices): Promise<CheckedRows | undefined> {
  const once = options.sources.find(({ readOnce }) => readOnce === true);
  if (once !== undefined) {
    if (options.duplicates === 'allow') return undefined;
    throw new AppError('LOAD_INPUT_UNREADABLE', `${once.name} can be read but once, and not be checked before`, {
      subject: once.name,
      hint: 'Load from a file; or say with --duplicates allow that keys need not be compared, and refused rows may come late.',
    });
  }
  const refused = await openRefused(options, { count: 0, bytes: 0 });
  try {
    return await checkRows(options, services, refused);
  } finally {
    await refused.close();
  }
}

function openRefused({ errorsFile, errorsMax }: LoadOptions, from: RefusedFrom): Promise<RefusedRows> {
  return RefusedRows.open(errorsFile, errorsMax, from);
}

/** @throws KAFKA_TOPIC_MISSING; LOAD_MAPPING_INVALID for a partition that there is not */
async function describeTargets(kafka: KafkaClient, { tables }: LoadMapping): Promise<TopicDescription[]> {
  const topics = await kafka.describeTopics([...new Set(tables.map(({ topic }) => topic))]);
  for (const { topic, partition } of tables) {
    const { partitionCount } = must(
      topics.find(({ name }) => name === topic),
      'all topics are described',
    );
    if (typeof partition === 'object' && partition.fixed >= partitionCount) {
      throw new AppError(
        'LOAD_MAPPING_INVALID',
        `the mapping asks for partition ${partition.fixed} of ${topic}, which has ${partitionCount}`,
        { subject: topic },
      );
    }
  }
  return topics;
}

async function limitsOf(
  kafka: KafkaClient,
  descriptions: readonly TopicDescription[],
): Promise<ReadonlyMap<string, LoadTopic>> {
  const limits = new Map<string, LoadTopic>();
  for (const { name, partitionCount } of descriptions) {
    const config = await kafka.topicConfig(name, { all: true });
    const messageBytesMax = Number(config.get('max.message.bytes') ?? MESSAGE_BYTES_MAX);
    limits.set(name, { partitionCount, messageBytesMax });
  }
  return limits;
}
