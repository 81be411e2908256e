import { AppError } from '../../../core/errors.ts';
import type { KafkaClient } from '../../../core/kafka/kafka-client.ts';
import { systemClock } from '../../../core/runtime/clock.ts';
import type { CdcFacts } from '../../facts/deployment.ts';
import type { CdcDriver, InitialLoadRequest } from '../cdc-driver.ts';
import { ConnectApi, type ConnectorConfig, unknownConnector } from '../connect-api.ts';
import { tablesOf } from './connector-tables.ts';
import { ConnectorControl } from './connector-control.ts';
import { loadBySignal } from './load-by-signal.ts';
import { loadBySnapshot } from './load-by-snapshot.ts';
import { loadBySpare } from './load-by-spare.ts';
import type { DebeziumLoad, LoadContext, LoadMethod } from './load-method.ts';
import { postgresOf } from './source-database.ts';

const TIMEOUT_MS = 60_000;

/** The section `cdc` for Debezium. */
export type DebeziumFacts = Extract<CdcFacts, { readonly driver: 'debezium' }>;

/** What the driver needs beside its facts. */
export interface DebeziumServices {
  /** Of the cluster that the connector writes to. */
  readonly kafka: KafkaClient;
  /** The database, where the facts do not name it for the purpose. */
  readonly sourceUrl?: string | undefined;
  /** Tables by topic, for topics whose names do not tell. */
  readonly tables?: Readonly<Record<string, string>> | undefined;
}

/** A connector of Debezium in Kafka Connect (3.6 or later), by its REST API, its signals and its notifications. */
export function debeziumDriver(facts: DebeziumFacts, services: DebeziumServices): CdcDriver {
  const { connector } = facts;
  const api = new ConnectApi(facts.connectUrl, facts.tls);
  const control = new ConnectorControl(api, systemClock, facts.timeoutMs ?? TIMEOUT_MS);
  const context: LoadContext = {
    api,
    control,
    connector,
    kafka: services.kafka,
    sourceUrl: postgresOf(facts.sourceUrl, services.sourceUrl),
  };
  const spare = loadBySpare(context);
  const restart = facts.load === 'signal' ? loadBySignal(context) : loadBySnapshot(context);
  const methodOf = ({ by }: InitialLoadRequest): LoadMethod => (by === 'spare' ? spare : restart);

  const config = async (): Promise<ConnectorConfig> => {
    const found = await api.config(connector);
    if (found === undefined) throw unknownConnector(connector, api.url);
    return found;
  };
  const loadOf = async (request: InitialLoadRequest): Promise<DebeziumLoad> => {
    checkTargets(request);
    const live = await config();
    return { request, live, tables: tablesOf(live, request.topics, services.tables ?? {}) };
  };
  return {
    kind: 'debezium',
    subject: `connector ${connector} at ${api.url}`,
    state: () => control.state(connector),
    async stop(run) {
      await config();
      await control.stop(connector, run.signal);
    },
    async start(run) {
      await config();
      await control.start(connector, run.signal);
    },
    async describeLoad(request) {
      return methodOf(request).describe(await loadOf(request));
    },
    async startLoad(request, run) {
      return methodOf(request).start(await loadOf(request), run);
    },
    async loadState(request, handle) {
      return methodOf(request).state(await loadOf(request), handle);
    },
    async endLoad(request, _handle, run) {
      await methodOf(request).end({ request, live: await config() }, run);
    },
  };
}

/** A spare connector must not write to live topics, and the live one writes nowhere else. */
function checkTargets({ by, topics }: InitialLoadRequest): void {
  const wrong = topics.find(({ topic, target }) => (by === 'spare') === (topic === target));
  if (wrong === undefined) return;
  const reason =
    by === 'spare'
      ? `a spare connector would write into the live topic ${wrong.topic}`
      : `the connector writes to ${wrong.topic}, and cannot load into ${wrong.target}`;
  throw new AppError('DEPLOY_CDC_REFUSED', reason, { subject: wrong.topic });
}
