import type { KafkaClient, NewTopic } from '../../core/kafka/kafka-client.ts';
import { enforce } from '../checks/check-result.ts';
import { checkPartitionsAlike, type TopicPair } from '../checks/check-topics.ts';
import type { JsonValue, Step, StepRun } from '../step/step.ts';
import { names } from './live-topics.ts';
import { initTopics } from './service-config.ts';
import type { Site } from './site.ts';

/** A topic that is to be there, as many partitions as another one's, or a number of its own. */
interface WantedTopic {
  readonly name: string;
  readonly like?: string | undefined;
  /** Settings that it gets besides those of `like`. */
  readonly config: Readonly<Record<string, string>>;
}

interface CreateTopicsOptions {
  readonly id: string;
  readonly title: string;
  readonly guideline: string | undefined;
  readonly wanted: readonly WantedTopic[];
}

/** Nothing is removed from an init topic before it is archived, whatever its original would do. */
const INIT_CONFIG = { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' };

/** The topics that the services need: of events, and those that consumers read in sequential mode, or after a reload. */
export function createServiceTopicsStep(site: Site): Step {
  const { storer, deployment } = site;
  const { eventsTopic, topics } = storer.storer;
  const wanted: WantedTopic[] = [];
  if (eventsTopic !== undefined) wanted.push({ name: eventsTopic, config: {} });
  if (deployment.mode === 'sequential') {
    for (const { topic, postIngestion } of topics) {
      for (const name of postIngestion) wanted.push({ name, like: topic, config: {} });
    }
  }
  for (const [topic, name] of Object.entries(deployment.reingestion ?? {})) {
    wanted.push({ name, like: topic, config: {} });
  }
  return createTopicsStep(site, {
    id: 'create-service-topics',
    title: 'Create or check the topics of the services',
    guideline: 'Properly configure and deploy the services of the Bucket Storage Support',
    wanted,
  });
}

/** A topic for each live one, to initialize the bucket through. */
export function createInitTopicsStep(site: Site): Step {
  return createTopicsStep(site, {
    id: 'create-init-topics',
    title: 'Create the init topics',
    guideline: 'Create new specific topics on Kafka dedicated to the Bucket initialization',
    wanted: initTopics(site).map(({ topic, init }) => ({ name: init, like: topic, config: INIT_CONFIG })),
  });
}

/** Topics that an earlier run of this step has made, or was about to: those that may be deleted. */
export function topicsMade(noted: JsonValue | undefined): string[] {
  return Array.isArray(noted) ? noted.map(String) : [];
}

/** The key of the note that `topicsMade` reads. */
export const MADE_TOPICS = 'made';

function createTopicsStep({ kafka }: Site, { id, title, guideline, wanted }: CreateTopicsOptions): Step {
  const all = wanted.map(({ name }) => name);
  const pairs = wanted.flatMap(({ name, like }): TopicPair[] => (like === undefined ? [] : [{ topic: name, like }]));
  return {
    id,
    title,
    guideline,
    async describe() {
      const missing = await missingTopics(kafka, all);
      return {
        inputs: [`topics: ${all.length === 0 ? 'none' : names(all)}`],
        changes: missing.map((name) => `creates the topic ${name}`),
        preconditions: ['those that exist have as many partitions as the topics they stand beside'],
        checks: ['all of them exist, with those partitions'],
        undo: 'deletes those that it created',
      };
    },
    async precondition(run) {
      const missing = new Set(await missingTopics(kafka, all));
      const existing = pairs.filter(({ topic }) => !missing.has(topic));
      if (existing.length > 0) await enforce(run, await checkPartitionsAlike(kafka, existing));
    },
    apply: (run) => createMissing(kafka, wanted, run),
    async check(run) {
      await kafka.describeTopics(all);
      if (pairs.length > 0) await enforce(run, await checkPartitionsAlike(kafka, pairs));
    },
    undo: (run) => kafka.deleteTopics(topicsMade(run.notes.get(MADE_TOPICS))),
  };
}

async function createMissing(kafka: KafkaClient, wanted: readonly WantedTopic[], run: StepRun): Promise<void> {
  const missing = new Set(
    await missingTopics(
      kafka,
      wanted.map(({ name }) => name),
    ),
  );
  // Noted before: what a crash leaves behind is known to be ours.
  const made = new Set([...topicsMade(run.notes.get(MADE_TOPICS)), ...missing]);
  await run.notes.note(MADE_TOPICS, [...made]);
  const topics: NewTopic[] = [];
  for (const topic of wanted) if (missing.has(topic.name)) topics.push(await newTopic(kafka, topic));
  await kafka.createTopics(topics);
  await run.evidence({ check: 'topics that this deployment created', outcome: 'noted', found: [...made] });
}

async function newTopic(kafka: KafkaClient, { name, like, config }: WantedTopic): Promise<NewTopic> {
  if (like === undefined) return { name, partitionCount: 1, replicationFactor: -1, config };
  const [original] = await kafka.describeTopics([like]);
  const settings = Object.fromEntries(await kafka.topicConfig(like));
  return {
    name,
    partitionCount: original?.partitionCount ?? 1,
    replicationFactor: original?.replicationFactor ?? -1,
    config: { ...settings, ...config },
  };
}

async function missingTopics(kafka: KafkaClient, topics: readonly string[]): Promise<string[]> {
  const existing = await kafka.existingTopics(topics);
  return topics.filter((name) => !existing.has(name));
}
