import pg from 'pg';

import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { ConnectApi, type ConnectorConfig } from '../../deploy/cdc/connect-api.ts';
import type { Announce } from '../services/cached.ts';
import { type Connect, startConnect } from '../services/connect.ts';
import { type Postgres, startPostgres } from '../services/postgres.ts';
import { until } from '../services/until.ts';
import { compareTable, type FoldStarts, foldTopics, type TableDifference } from './compare-table.ts';
import { createShopTables, readShopTable, SHOP_CDC, SHOP_TABLES, type ShopTable } from './shop-tables.ts';
import { ShopWriter } from './shop-writer.ts';

const DATABASE = 'shop';
const READY_TIMEOUT_MS = 60_000;

/** What kind of shop to open. */
export interface ShopOptions {
  readonly bootstrap: string;
  /** Of the same Kafka. */
  readonly kafka: KafkaClient;
  /** Names the connector and begins the names of topics; unique in that Kafka. Letters, digits, hyphens. */
  readonly name: string;
  /** Rows that are there before the connector. */
  readonly orders: number;
  readonly customers: number;
  /** Of each table's topic. */
  readonly partitionCount: number;
  /** Transactions that the writer makes in a second, once it is started. */
  readonly transactionsPerSecond: number;
  /**
   * Properties of the connector that replace or add to ours. Ours take no snapshot (`snapshot.mode=no_data`): the topics
   * hold what changed since the connector was created, as if older records had expired.
   */
  readonly connector?: ConnectorConfig;
  /** Kafka Connect listens with TLS besides. */
  readonly tls?: boolean;
  readonly announce?: Announce;
}

/** A database that somebody changes all the time, and a CDC that captures it into Kafka. */
export interface Shop {
  readonly postgres: Postgres;
  readonly connect: Connect;
  /** Of the shop's database, as superuser. */
  readonly databaseUrl: string;
  /** The connector's name. */
  readonly connector: string;
  /** The topic of each table; both exist before the connector does. */
  readonly topics: Readonly<Record<ShopTable, string>>;
  readonly signalTopic: string;
  readonly notificationTopic: string;
  /** Not started yet. */
  readonly writer: ShopWriter;
  /** As superuser. */
  readonly database: pg.Client;
  /** Waits until everything that is committed now is in the topics: the connector must run. */
  readonly captured: () => Promise<void>;
  /** Folds the topics in that order by key and compares with the table as it is: nobody may be writing. */
  readonly compare: (
    table: ShopTable,
    topics: readonly string[],
    from?: FoldStarts,
  ) => Promise<TableDifference | undefined>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts PostgreSQL, Kafka Connect and the connector; some 8 seconds. What is started is stopped again when something
 * fails.
 * @throws SETUP_FAILED with the remedy.
 */
export async function openShop(options: ShopOptions): Promise<Shop> {
  await using resources = new AsyncDisposableStack();
  const { name, bootstrap, kafka } = options;
  const announce = options.announce === undefined ? {} : { announce: options.announce };
  // A worker for each shop, with topics of its own: shops in one Kafka are strangers to each other.
  const own = ['config', 'offset', 'status'].map((kind) => [`${kind}.storage.topic`, `_${name}-connect-${kind}`]);
  const properties = { 'group.id': `${name}-connect`, ...Object.fromEntries(own) } as Record<string, string>;
  const [started, connect] = await Promise.all([
    startPostgres(options.announce).then((postgres) => resources.adopt(postgres, (service) => service.stop())),
    startConnect(bootstrap, { properties, tls: options.tls ?? false, ...announce }).then((worker) =>
      resources.adopt(worker, (service) => service.stop()),
    ),
  ]);
  const databaseUrl = await started.createDatabase(DATABASE);
  const database = new pg.Client({ connectionString: databaseUrl });
  // A connection that is lost while nobody asks: the next query says so.
  database.on('error', () => undefined);
  await database.connect();
  resources.defer(() => database.end());
  await createShopTables(database, options.orders, options.customers);
  const topics = Object.fromEntries(SHOP_TABLES.map((table) => [table, `${name}.public.${table}`])) as Shop['topics'];
  const [signalTopic, notificationTopic] = [`${name}.signals`, `${name}.notifications`];
  await kafka.createTopics([
    ...Object.values(topics).map((topic) => ({
      name: topic,
      partitionCount: options.partitionCount,
      replicationFactor: -1,
    })),
    { name: signalTopic, partitionCount: 1, replicationFactor: -1 },
    { name: notificationTopic, partitionCount: 1, replicationFactor: -1 },
  ]);
  await startConnector(new ConnectApi(connect.url), name, {
    ...shopConnector(name, started.port, bootstrap),
    ...options.connector,
  });
  const writer = new ShopWriter(databaseUrl, options.transactionsPerSecond);
  resources.defer(() => writer.stop());
  const kept = resources.move();
  return {
    postgres: started,
    connect,
    databaseUrl,
    connector: name,
    topics,
    signalTopic,
    notificationTopic,
    writer,
    database,
    captured: () => captured(database),
    compare: async (table, of, from) =>
      compareTable((await foldTopics(kafka, of, from)).rows, await readShopTable(database, table)),
    stop: () => kept.disposeAsync(),
  };
}

/** A connector that can do everything that a deployment may ask of it. */
function shopConnector(name: string, port: number, bootstrap: string): ConnectorConfig {
  return {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'tasks.max': '1',
    'database.hostname': '127.0.0.1',
    'database.port': String(port),
    'database.user': SHOP_CDC.user,
    'database.password': SHOP_CDC.password,
    'database.dbname': DATABASE,
    'plugin.name': 'pgoutput',
    'slot.name': 'shop',
    'publication.name': SHOP_CDC.publication,
    'publication.autocreate.mode': 'disabled',
    'topic.prefix': name,
    'table.include.list': SHOP_TABLES.map((table) => `public.${table}`).join(','),
    'snapshot.mode': 'no_data',
    'decimal.handling.mode': 'string',
    'time.precision.mode': 'connect',
    'binary.handling.mode': 'base64',
    'signal.data.collection': SHOP_CDC.signalTable,
    'signal.enabled.channels': 'source,kafka',
    'signal.kafka.topic': `${name}.signals`,
    'signal.kafka.bootstrap.servers': bootstrap,
    'signal.poll.interval.ms': '500',
    'notification.enabled.channels': 'sink',
    'notification.sink.topic.name': `${name}.notifications`,
    'heartbeat.interval.ms': '1000',
    'poll.interval.ms': '100',
    'status.update.interval.ms': '1000',
    'topic.creation.default.replication.factor': '1',
    'topic.creation.default.partitions': '1',
  };
}

async function startConnector(api: ConnectApi, name: string, config: ConnectorConfig): Promise<void> {
  await api.create(name, config, 'RUNNING');
  await until(
    async () => {
      const tasks = (await api.status(name))?.tasks ?? [];
      const failed = tasks.find(({ state }) => state === 'FAILED');
      if (failed !== undefined) throw new Error(`the connector failed: ${failed.trace ?? ''}`);
      return tasks.some(({ state }) => state === 'RUNNING');
    },
    { deadlineMs: READY_TIMEOUT_MS, what: `connector ${name} to run`, pollMs: 100 },
  );
}

/**
 * The slot says up to where the connector has handed changes to Kafka and noted that it did. It says so when it sees a
 * later change: rows of its signal table that mean nothing are such changes.
 */
async function captured(database: pg.Client): Promise<void> {
  const { rows } = await database.query<{ lsn: string }>('select pg_current_wal_lsn() as lsn');
  const lsn = rows[0]?.lsn;
  await until(
    async () => {
      await database.query(`insert into debezium_signal values (gen_random_uuid()::text, 'log', '{"message":"poke"}')`);
      const slots = await database.query(
        `select 1 from pg_replication_slots where slot_name = 'shop' and confirmed_flush_lsn >= $1`,
        [lsn],
      );
      return slots.rowCount === 1;
    },
    { deadlineMs: READY_TIMEOUT_MS, what: 'the changes to be captured', pollMs: 250 },
  );
  await database.query(`delete from debezium_signal where type = 'log'`);
}
