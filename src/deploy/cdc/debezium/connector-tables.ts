import { AppError } from '../../../core/errors.ts';
import type { ConnectorConfig } from '../connect-api.ts';

/** A live topic, the table that it holds the changes of, and where a load writes the rows. */
export interface LoadedTable {
  readonly topic: string;
  readonly target: string;
  /** As the connector names it: `public.orders`. */
  readonly table: string;
}

/**
 * The table of each topic: the one that is known for it, with its schema or database; else by the topic's name, which
 * Debezium makes `<topic.prefix>.<table>` of unless a transformation renames it.
 * @param known tables by topic
 * @throws DEPLOY_CDC_REFUSED naming the topics whose tables are not known, or that the connector does not capture
 */
export function tablesOf(
  config: ConnectorConfig,
  topics: readonly { readonly topic: string; readonly target: string }[],
  known: Readonly<Record<string, string>>,
): LoadedTable[] {
  const prefix = `${config['topic.prefix'] ?? ''}${config['topic.delimiter'] ?? '.'}`;
  const found = topics.map(({ topic, target }) => {
    const named = known[topic];
    // A transformation may have dropped the schema: the name says less than is known, though it begins as all do.
    const table = named?.includes('.') !== true && topic.startsWith(prefix) ? topic.slice(prefix.length) : named;
    return { topic, target, table: table ?? '' };
  });
  const unknown = found.filter(({ table }) => table === '').map(({ topic }) => topic);
  if (unknown.length > 0) {
    throw new AppError('DEPLOY_CDC_REFUSED', `it is not known which tables are captured into ${unknown.join(', ')}`, {
      subject: unknown[0],
      hint: `The connector's own names begin with ${prefix}. ${NAME_TABLES}`,
    });
  }
  for (const { topic, table } of found) {
    const list = FILTERS.find((filter) => leavesOut(filter, config, table));
    if (list === undefined) continue;
    throw new AppError('DEPLOY_CDC_REFUSED', `the connector does not capture ${table} into ${topic}`, {
      subject: topic,
      hint: `Its ${list.property} is ${config[list.property]}. ${NAME_TABLES}`,
    });
  }
  return found;
}

const NAME_TABLES = 'Name the tables of topics that are renamed in `source.tables`: {topic: schema.table}.';

interface Filter {
  readonly property: string;
  /** Of schemas or databases: of what stands before a table's name. */
  readonly ofTables: boolean;
  /** What a match does. */
  readonly includes: boolean;
}

const FILTERS: readonly Filter[] = [
  { property: 'table.include.list', ofTables: true, includes: true },
  { property: 'table.exclude.list', ofTables: true, includes: false },
  { property: 'schema.include.list', ofTables: false, includes: true },
  { property: 'schema.exclude.list', ofTables: false, includes: false },
  { property: 'database.include.list', ofTables: false, includes: true },
  { property: 'database.exclude.list', ofTables: false, includes: false },
];

function leavesOut({ property, ofTables, includes }: Filter, config: ConnectorConfig, table: string): boolean {
  const list = config[property];
  if (list === undefined || list.trim() === '') return false;
  const matches = isListed(ofTables ? table : table.slice(0, Math.max(0, table.indexOf('.'))), list);
  return matches !== undefined && matches !== includes;
}

/** By a list of regular expressions for whole names. Undefined when there are such among them that only Java knows. */
function isListed(name: string, list: string): boolean | undefined {
  let isUnderstood = true;
  const isMatch = list.split(/(?<!\\),/).some((pattern) => {
    try {
      // With `u`, what means something else to Java is an error rather than a mere letter.
      return new RegExp(`^(?:${pattern.trim()})$`, 'iu').test(name);
    } catch {
      isUnderstood = false;
      return false;
    }
  });
  return isMatch || isUnderstood ? isMatch : undefined;
}

/** As an element of Debezium's lists of tables, which are regular expressions for whole names. */
export function tablePattern(table: string): string {
  return table.replaceAll(/[\\^$*+?()[\]{}|,]/g, '\\$&').replaceAll('.', '\\.');
}
