import { randomBytes } from 'node:crypto';
import { claimSource, type Source } from '../../src/core/archive/source-registry.ts';
import { storeSegment } from '../../src/core/archive/segment-store.ts';
import type { Bucket } from '../../src/core/bucket/bucket.ts';
import { MemoryBucket } from '../../src/core/bucket/memory-bucket.ts';
import type { ReloaderConfig } from '../../src/core/config/reloader-options.ts';
import { connectKafka } from '../../src/core/kafka/connect-kafka.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { asBuffer, readBatchHeader, scanBatches } from '../../src/core/record/batch-header.ts';
import { readRecords, writeBatch } from '../../src/core/record/batch-records.ts';
import { CommittedFilter, isAbortMarker } from '../../src/core/record/committed-filter.ts';
import type { KafkaRecord } from '../../src/core/record/kafka-record.ts';
import { partitionName } from '../../src/core/record/topic-partition.ts';
import { systemClock } from '../../src/core/runtime/clock.ts';
import { silentLogger } from '../../src/core/runtime/logger.ts';
import { SegmentThreads } from '../../src/core/segment/segment-threads.ts';
import { until } from '../../src/demo/services/until.ts';
import { type ApiServer, startApiServer } from '../../src/reloader/http/api-server.ts';
import { Reloader } from '../../src/reloader/reloader.ts';
import { testKafka, uniqueName } from './shared-services.ts';

/** A job as the API shows it, as far as tests look at it. */
export interface JobReply {
  readonly jobId: string;
  readonly state: string;
  readonly progress: {
    readonly records: number;
    readonly batchBytes: number;
    readonly transactions: number;
    readonly retries: number;
  };
  readonly tasks: readonly { readonly state: string; readonly owner?: string; readonly records: number }[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** What any other answer may have, as far as tests look at it. */
export interface Reply extends JobReply {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly hint?: string;
  readonly requestId: string;
  readonly details?: readonly { readonly field: string; readonly problem: string }[];
}

/** An answer of the API. */
export interface ApiResult<Body> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed, where it is JSON. */
  readonly body: Body;
}

/** Options of a reloader that a test may want otherwise. */
export type ReloaderChanges = Partial<ReloaderConfig['reloader']>;

/** A reloader in this process, with a Kafka client and an API of its own. */
export interface ReloaderReplica {
  readonly reloader: Reloader;
  readonly api: ApiServer;
  /** As task records name it. */
  readonly owner: string;
  /** Vanishes without goodbye: its connections are gone, and it can write nothing any more. */
  readonly cut: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** An archived topic in a memory bucket, a target on a real broker, and reloaders between them. */
export class ReloadScene {
  readonly client: KafkaClient;
  readonly bucket: Bucket = new MemoryBucket(uniqueName('reload'));
  readonly threads = new SegmentThreads({ count: 1 });
  readonly folder = 'orders';
  readonly target: string;
  readonly #bootstrap: string;
  readonly #name: string;
  readonly #replicas: ReloaderReplica[] = [];

  private constructor(client: KafkaClient, bootstrap: string, name: string) {
    this.client = client;
    this.#bootstrap = bootstrap;
    this.#name = name;
    this.target = `${name}.target`;
  }

  static async open(partitionCount: number): Promise<ReloadScene> {
    const { bootstrap } = await testKafka();
    const client = await connect(bootstrap, 'reload-test');
    const scene = new ReloadScene(client, bootstrap, uniqueName('reload'));
    await client.createTopics([{ name: scene.target, partitionCount, replicationFactor: 1 }]);
    return scene;
  }

  /** Archives records, one list per partition, as a source of its own: a topic that is no more. */
  async archive(partitions: readonly (readonly KafkaRecord[])[], recordsPerSegment: number): Promise<Source> {
    const topicId = uniqueName('id');
    const source = await claimSource(this.bucket, this.folder, {
      clusterId: 'gone',
      topic: 'orders',
      topicId,
      partitionCount: partitions.length,
      topicConfig: new Map(),
      nowMs: Date.now(),
    });
    for (const [partition, records] of partitions.entries()) {
      let start = 0n;
      for (let first = 0; first < records.length; first += recordsPerSegment) {
        start = await this.#archiveSegment(source, partition, start, records.slice(first, first + recordsPerSegment));
      }
    }
    return source;
  }

  async #archiveSegment(
    source: Source,
    partition: number,
    start: bigint,
    records: readonly KafkaRecord[],
  ): Promise<bigint> {
    const end = (records.at(-1)?.offset ?? 0n) + 1n;
    const { clusterId, topic, topicId } = source;
    const encoder = this.threads.openEncoder({
      identity: {
        clusterId,
        topic,
        topicId,
        partition,
      },
      start,
      isolation: 'read_committed',
      compression: 'zstd',
      writer: 'test',
      createdAtMs: Date.now(),
    });
    const stamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false };
    const bytes = writeBatch(records, stamp, 'none');
    await encoder.push({ bytes, lastStableOffset: end, abortedTransactions: [] }, end);
    await storeSegment(
      this.bucket,
      { folder: this.folder, source: source.number, partition },
      await encoder.finish(end),
    );
    return end;
  }

  /** Starts a reloader; all of a scene share their jobs. `wrap` may put something between it and Kafka or the bucket. */
  async replica(
    changes: ReloaderChanges = {},
    wrap: { readonly kafka?: (client: KafkaClient) => KafkaClient; readonly bucket?: (bucket: Bucket) => Bucket } = {},
  ): Promise<ReloaderReplica> {
    const client = await connect(this.#bootstrap, uniqueName('replica'));
    const threads = new SegmentThreads({ count: 1 });
    const owner = uniqueName('owner');
    const kafka = wrap.kafka?.(client) ?? client;
    const reloader = new Reloader({
      config: this.#config(changes),
      kafka,
      bucket: wrap.bucket?.(this.bucket) ?? this.bucket,
      threads,
      clock: systemClock,
      logger: silentLogger,
      progress: { committed: () => undefined, retried: () => undefined, finished: () => undefined },
      random: Math.random,
      randomBytes,
      owner,
    });
    const running = reloader.run();
    running.catch(() => undefined);
    const api = await startApiServer({
      host: '127.0.0.1',
      port: 0,
      apiToken: changes.apiToken,
      desk: reloader.desk,
      clock: systemClock,
      logger: silentLogger,
      sources: {
        name: 'bss-reloader',
        version: '0.0.0',
        metrics: {
          text: () => Promise.resolve(''),
          contentType: 'text/plain',
        },
        live: () => ({
          status: 'OK',
          reasons: [],
        }),
        ready: () => reloader.readiness,
      },
    });
    let isCut = false;
    const replica: ReloaderReplica = {
      reloader,
      api,
      owner,
      cut: async () => {
        isCut = true;
        await client.close();
      },
      stop: async () => {
        if (isCut) reloader.stop().catch(() => undefined);
        else await Promise.all([reloader.stop(), running]);
        await api.close();
        await threads.close();
        if (!isCut) await client.close();
      },
    };
    this.#replicas.push(replica);
    await reloader.desk;
    await until(() => reloader.partitionCount > 0, {
      deadlineMs: 60_000,
      what: 'the replica to be assigned partitions',
    });
    return replica;
  }

  /** What a read_committed reader sees of the target, by partition. */
  async readTarget(): Promise<KafkaRecord[][]> {
    const [described] = await this.client.describeTopics([this.target]);
    const partitions = Array.from({ length: described?.partitionCount ?? 0 }, (_, partition) => partition);
    return await Promise.all(partitions.map((partition) => readCommitted(this.client, this.target, partition)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#replicas.map((replica) => replica.stop()));
    await this.threads.close();
    await this.client.close();
  }

  #config(changes: ReloaderChanges): ReloaderConfig {
    const unused = {
      kafka: {
        brokers: [this.#bootstrap],
        clientId: 'reload-test',
        connectTimeoutMs: 5e3,
        requestTimeoutMs: 10_000,
        tls: {
          enabled: false,
          ca: undefined,
          certificate: undefined,
          key: undefined,
          rejectUnauthorized: true,
        },
        sasl: {
          mechanism: undefined,
          username: undefined,
          password: undefined,
          token: undefined,
        },
      },
      bucket: {
        url: this.bucket.url,
        region: undefined,
        endpoint: undefined,
        accessKeyId: undefined,
        secretAccessKey: undefined,
        sessionToken: undefined,
        pathStyle: undefined,
        requestsMax: 8,
        connectTimeoutMs: 5e3,
        requestTimeoutMs: 10_000,
      },
      http: { host: '127.0.0.1', port: 0 },
      log: { level: 'silent' as const },
    };
    return {
      ...unused,
      reloader: {
        groupId: `${this.#name}.group`,
        instanceId: undefined,
        jobsTopic: `${this.#name}.jobs`,
        tasksTopic: `${this.#name}.tasks`,
        tasksTopicPartitions: 4,
        internalReplicationFactor: 1,
        workers: 1,
        tasksInFlight: 2,
        transactionSizeMaxBytes: 64 * 1024 * 1024,
        transactionAgeMaxMs: 200,
        transactionTimeoutMs: 10_000,
        sessionTimeoutMs: 1500,
        rebalanceTimeoutMs: 10_000,
        jobsKeptMax: 100,
        drainTimeoutMs: 10_000,
        apiToken: undefined,
        ...changes,
      },
    };
  }
}

/** Calls the API of a replica; a body that is not a text is sent as JSON. */
export async function callApi<Body = Reply>(
  { api }: Pick<ReloaderReplica, 'api'>,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiResult<Body>> {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('application/json') === true && text !== '';
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
}

/** Waits until a job is in one of the states, and gives it. */
export async function jobIn(
  replica: Pick<ReloaderReplica, 'api'>,
  jobId: string,
  states: readonly string[],
): Promise<JobReply> {
  return await until(
    async () => {
      const { body } = await callApi<JobReply>(replica, 'GET', `/v1/jobs/${jobId}`);
      return states.includes(body.state) ? body : undefined;
    },
    { deadlineMs: 90_000, what: `job ${jobId} to be ${states.join(' or ')}`, pollMs: 50 },
  );
}

function connect(bootstrap: string, clientId: string): Promise<KafkaClient> {
  return connectKafka({ bootstrapServers: [bootstrap], clientId, connectTimeoutMs: 5_000, requestTimeoutMs: 10_000 });
}

async function readCommitted(client: KafkaClient, topic: string, partition: number): Promise<KafkaRecord[]> {
  const at = { topic, partition };
  const name = partitionName(at);
  const end = (await client.listOffsets([at], 'stable')).get(name) ?? 0n;
  const records: KafkaRecord[] = [];
  let position = 0n;
  while (position < end) {
    const fetched = await client.fetch({
      ...at,
      offset: position,
      bytesMax: 4 << 20,
      waitMs: 100,
      isolation: 'read_committed',
    });
    const bytes = asBuffer(fetched.bytes);
    const filter = new CommittedFilter(fetched.abortedTransactions);
    for (let at = 0; ;) {
      const header = readBatchHeader(bytes, at, name);
      if (header === undefined || header.baseOffset >= fetched.lastStableOffset) break;
      const aborted = filter.aborts(header, () => isAbortMarker(bytes, header));
      if (!aborted && !header.control) {
        records.push(...readRecords(bytes, header, name).filter(({ offset }) => offset >= position));
      }
      at += header.sizeBytes;
    }
    position = scanBatches(fetched.bytes, name).end ?? position;
  }
  return records;
}
