import type { KafkaClient } from '../../../core/kafka/kafka-client.ts';
import type { JsonValue } from '../../step/step.ts';
import type { CdcRun, InitialLoadRequest, LoadState } from '../cdc-driver.ts';
import type { ConnectApi, ConnectorConfig } from '../connect-api.ts';
import type { LoadedTable } from './connector-tables.ts';
import type { ConnectorControl } from './connector-control.ts';

/** What the ways to load share. */
export interface LoadContext {
  readonly api: ConnectApi;
  readonly control: ConnectorControl;
  readonly kafka: KafkaClient;
  /** Name of the live connector. */
  readonly connector: string;
  /** Of the database, to clean up there; undefined when it may not be asked. */
  readonly sourceUrl: string | undefined;
}

/** A load, with what is known of the connector that it is about. */
export interface DebeziumLoad {
  readonly request: InitialLoadRequest;
  readonly tables: readonly LoadedTable[];
  /** Of the live connector. */
  readonly live: ConnectorConfig;
}

/** A load that is over, or given up: which tables the connector captures by now makes no difference. */
export type EndedLoad = Omit<DebeziumLoad, 'tables'>;

/** One way to have every row written. The calls are those of `CdcDriver`. */
export interface LoadMethod {
  describe(load: DebeziumLoad): Promise<readonly string[]>;
  start(load: DebeziumLoad, run: CdcRun): Promise<JsonValue>;
  state(load: DebeziumLoad, handle: JsonValue): Promise<LoadState>;
  end(load: EndedLoad, run: CdcRun): Promise<void>;
}
