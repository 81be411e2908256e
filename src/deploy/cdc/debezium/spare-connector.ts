import { AppError } from '../../../core/errors.ts';
import type { ConnectorConfig } from '../connect-api.ts';
import { type LoadedTable, tablePattern } from './connector-tables.ts';

/** PostgreSQL cuts longer names. */
const SLOT_NAME_MAX = 63;

/** What is the spare connector's own; everything else is the live one's. */
export interface SpareConnector {
  readonly name: string;
  /** Of the database. Debezium makes none for a connector that only takes a snapshot; the name keeps it off the live one's. */
  readonly slot: string;
  /** Only its own notifications are in it. */
  readonly notificationTopic: string;
}

/** The names that follow from a load's id, the same whenever they are asked for. */
export function spareNames(live: string, loadId: string): SpareConnector {
  const name = `${live}-load-${loadId}`;
  const slot = `bss_load_${loadId.replaceAll('-', '_')}`.slice(0, SLOT_NAME_MAX);
  return { name, slot, notificationTopic: `${name}.notifications` };
}

/** Settings that would make the spare connector do more than read the tables once. */
const LEFT_OUT =
  /^(?:name|slot\.|signal\.|heartbeat\.|notification\.|schema\.(?:include|exclude)\.list|table\.exclude\.list|snapshot\.include\.collection\.list)/;

/**
 * The configuration of a connector that reads the tables once, writes every row as the live connector would, but into the
 * targets, and ends. The prefix of topics stays the live one's, since it is also in the messages and in the names of their
 * schemas; a further transformation after the live ones routes to the targets.
 * @throws DEPLOY_CDC_REFUSED when the live one is not of a kind of which this is known to work
 */
export function spareConfig(
  live: ConnectorConfig,
  spare: SpareConnector,
  tables: readonly LoadedTable[],
): ConnectorConfig {
  const connectorClass = live['connector.class'] ?? '';
  if (!/postgres/i.test(connectorClass)) {
    throw new AppError('DEPLOY_CDC_REFUSED', `a spare connector cannot be made from one of class ${connectorClass}`, {
      subject: connectorClass,
      hint: 'Only that of PostgreSQL can be doubled. Use the driver `command`, `http` or `manual`, or stop the CDC for the load (procedure P4).',
    });
  }
  const kept = Object.entries(live).filter(([name]) => !LEFT_OUT.test(name));
  const routes = tables.map(({ topic, target }, index) => ({ name: `bssLoad${index}`, topic, target }));
  const tags = [live['custom.metric.tags'], `bss=${spare.name}`].filter((tag) => tag !== undefined && tag !== '');
  return {
    ...Object.fromEntries(kept),
    name: spare.name,
    'tasks.max': '1',
    'snapshot.mode': 'initial_only',
    'table.include.list': tables.map(({ table }) => tablePattern(table)).join(','),
    'slot.name': spare.slot,
    // The live connector's publication must not be made to fit the tables of this one.
    'publication.autocreate.mode': 'disabled',
    // Two connectors of one prefix in one worker would register the same names for their metrics.
    'custom.metric.tags': tags.join(','),
    'heartbeat.interval.ms': '0',
    'notification.enabled.channels': 'sink',
    'notification.sink.topic.name': spare.notificationTopic,
    ...routing(live['transforms'], routes),
  };
}

interface Route {
  readonly name: string;
  readonly topic: string;
  readonly target: string;
}

function routing(transforms: string | undefined, routes: readonly Route[]): ConnectorConfig {
  const names = (transforms ?? '').split(',').map((name) => name.trim());
  const settings = routes.flatMap(({ name, topic, target }) => [
    [`transforms.${name}.type`, 'org.apache.kafka.connect.transforms.RegexRouter'],
    [`transforms.${name}.regex`, topic.replaceAll('.', '\\.')],
    [`transforms.${name}.replacement`, target],
  ]);
  const all = [...names, ...routes.map(({ name }) => name)].filter((name) => name !== '');
  return { transforms: all.join(','), ...(Object.fromEntries(settings) as ConnectorConfig) };
}
