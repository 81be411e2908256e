import { AppError } from '../errors.ts';
import { API } from './api-versions.ts';
import { CONTROL_LANE, type Cluster } from './cluster.ts';
import type { NewTopic, TopicDescription } from './kafka-client.ts';
import { KAFKA, kafkaError, kafkaErrorName } from './kafka-errors.ts';
import type { ClusterMetadata } from './topic-metadata.ts';

/** DescribeConfigs: resource_type of a topic, and config_source of what was set on the topic itself. */
const TOPIC_RESOURCE = 2;
const SET_ON_TOPIC = 1;
/** IncrementalAlterConfigs: config_operation. */
const SET_CONFIG = 0;
const DELETE_CONFIG = 1;
const NOT_CONTROLLER = 41;

/** Describes, creates and deletes topics. */
export class TopicAdmin {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** See `KafkaClient.clusterId`. */
  async clusterId(): Promise<string> {
    return (await this.#metadata([])).clusterId;
  }

  /** See `KafkaClient.describeTopics`. */
  async describeTopics(names: readonly string[]): Promise<TopicDescription[]> {
    if (names.length === 0) return [];
    const { topics } = await this.#metadata(names);
    const byName = new Map(topics.map((topic) => [topic.name, topic]));
    const missing = names.filter((name) => !byName.has(name));
    if (missing.length > 0) throw missingTopics(missing);
    return names.flatMap((name) => {
      const topic = byName.get(name);
      if (topic === undefined) return [];
      const { id, leaders, replicationFactor } = topic;
      return [{ name, id, partitionCount: leaders.length, replicationFactor }];
    });
  }

  /** See `KafkaClient.existingTopics`. */
  async existingTopics(names: readonly string[]): Promise<Set<string>> {
    if (names.length === 0) return new Set();
    const { topics } = await this.#metadata(names);
    return new Set(topics.map((topic) => topic.name));
  }

  /** See `KafkaClient.listTopics`. */
  async listTopics(): Promise<string[]> {
    const { topics } = await this.#metadata(null);
    return topics.map(({ name }) => name).toSorted();
  }

  /** See `KafkaClient.topicConfig`. */
  async topicConfig(name: string, options: { readonly all?: boolean } = {}): Promise<Map<string, string>> {
    return this.#cluster.retrying(async () => {
      const resource = { resourceType: TOPIC_RESOURCE, resourceName: name, configurationKeys: null } as const;
      const { results } = await this.#cluster.sendToAny(API.describeConfigs, [[resource], false, false]);
      const config = new Map<string, string>();
      for (const { errorCode, errorMessage, configs } of results) {
        if (errorCode !== KAFKA.NONE)
          throw kafkaError(errorCode, 'Reading the configuration of topic', name, errorMessage);
        for (const { name: key, value, configSource } of configs) {
          if (typeof value === 'string' && (options.all === true || configSource === SET_ON_TOPIC))
            config.set(key, value);
        }
      }
      return config;
    });
  }

  /** See `KafkaClient.alterTopicConfig`. */
  async alterTopicConfig(name: string, changes: Readonly<Record<string, string | null>>): Promise<void> {
    const configs = Object.entries(changes).map(([key, value]) =>
      value === null
        ? ({ name: key, configOperation: DELETE_CONFIG } as const)
        : ({ name: key, configOperation: SET_CONFIG, value } as const),
    );
    if (configs.length === 0) return;
    await this.#cluster.retrying(async () => {
      const resource = { resourceType: TOPIC_RESOURCE, resourceName: name, configs } as const;
      const { responses } = await this.#cluster.sendToAny(API.incrementalAlterConfigs, [[resource], false]);
      for (const { errorCode, errorMessage } of responses) {
        if (errorCode === KAFKA.NONE) continue;
        throw kafkaError(errorCode, 'Changing the configuration of topic', name, errorMessage);
      }
    });
  }

  /** See `KafkaClient.createTopics`. */
  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    if (topics.length === 0) return;
    const wanted = topics.map(({ name, partitionCount, replicationFactor, config }) => ({
      name,
      numPartitions: partitionCount,
      replicationFactor,
      assignments: [],
      configs: Object.entries(config ?? {}).map(([key, value]) => ({ name: key, value })),
    }));
    const timeoutMs = this.#cluster.brokerTimeoutMs;
    await this.#cluster.retrying(async () => {
      const controllerId = await this.#controllerId();
      const response = await this.#cluster.sendTo(CONTROL_LANE, controllerId, API.createTopics, [
        wanted,
        timeoutMs,
        false,
      ]);
      for (const { name, errorCode, errorMessage } of response.topics) {
        if (errorCode === KAFKA.NONE || errorCode === KAFKA.TOPIC_ALREADY_EXISTS) continue;
        throw kafkaError(errorCode, 'Creating topic', name, errorMessage);
      }
    });
    const names = topics.map((topic) => topic.name);
    await this.#untilEveryBroker('knows', names, ({ topics: known }) => {
      const led = known.filter((topic) => topic.leaders.every((leader) => leader.nodeId >= 0));
      return led.length === new Set(names).size;
    });
  }

  /** See `KafkaClient.deleteTopics`. */
  async deleteTopics(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const timeoutMs = this.#cluster.brokerTimeoutMs;
    const wanted = names.map((name) => ({ name, topicId: null }));
    await this.#cluster.retrying(async () => {
      const controllerId = await this.#controllerId();
      const response = await this.#cluster.sendTo(CONTROL_LANE, controllerId, API.deleteTopics, [wanted, timeoutMs]);
      for (const { name, errorCode, errorMessage } of response.responses) {
        if (errorCode === KAFKA.NONE || errorCode === KAFKA.UNKNOWN_TOPIC_OR_PARTITION) continue;
        throw kafkaError(errorCode, 'Deleting topic', name ?? '', errorMessage);
      }
    });
    await this.#untilEveryBroker('has forgotten', names, ({ failures }) =>
      names.every((name) => failures.get(name) === KAFKA.UNKNOWN_TOPIC_OR_PARTITION),
    );
  }

  /** Fresh, and without passing failures; topics that do not exist are among its failures. */
  #metadata(names: readonly string[] | null): Promise<ClusterMetadata> {
    return this.#cluster.retrying(async () => {
      const metadata = await this.#cluster.metadata(names);
      for (const [name, failure] of metadata.failures) {
        if (failure !== KAFKA.UNKNOWN_TOPIC_OR_PARTITION) throw kafkaError(failure, 'Describing topic', name);
      }
      return metadata;
    });
  }

  async #controllerId(): Promise<number> {
    const { controllerId } = await this.#cluster.metadata([]);
    if (controllerId < 0) throw kafkaError(NOT_CONTROLLER, 'Finding', 'the controller');
    return controllerId;
  }

  async #untilEveryBroker(
    what: string,
    names: readonly string[],
    condition: (metadata: ClusterMetadata) => boolean,
  ): Promise<void> {
    await this.#cluster.retrying(async () => {
      const answers = await Promise.all(this.#cluster.brokerIds.map((nodeId) => this.#cluster.metadata(names, nodeId)));
      const open = answers.find((answer) => !condition(answer));
      if (open === undefined) return;
      const reasons = [...open.failures].map(([name, code]) => `${name}: ${kafkaErrorName(code)}`).join(', ');
      throw new AppError(
        'KAFKA_UNAVAILABLE',
        `Not every broker ${what} the topics ${names.join(', ')} yet (${reasons})`,
        {
          subject: names.join(', '),
          hint: 'The operation was accepted; the brokers have yet to hear of it.',
        },
      );
    });
  }
}

function missingTopics(names: readonly string[]): AppError {
  const message =
    names.length === 1 ? `Topic ${names.join()} does not exist` : `Topics ${names.join(', ')} do not exist`;
  return new AppError('KAFKA_TOPIC_MISSING', message, {
    subject: names.join(', '),
    hint: 'Create the topic, or correct its name in the configuration.',
  });
}
