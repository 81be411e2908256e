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
  const included = config['table.include.list'];
  const [left] = included === undefined ? [] : found.filter(({ table }) => !isIncluded(table, included));
  if (left === undefined) return found;
  throw new AppError('DEPLOY_CDC_REFUSED', `the connector does not capture ${left.table} into ${left.topic}`, {
    subject: left.topic,
    hint: `Its table.include.list is ${included}. ${NAME_TABLES}`,
  });
}

const NAME_TABLES = 'Name the tables of topics that are renamed in `source.tables`: {topic: schema.table}.';

/** By the connector's list of regular expressions for whole names, as far as they are such that we know, too. */
function isIncluded(table: string, list: string): boolean {
  return list.split(/(?<!\\),/).some((pattern) => {
    try {
      return new RegExp(`^(?:${pattern.trim()})$`, 'i').test(table);
    } catch {
      return true;
    }
  });
}

/** As an element of Debezium's lists of tables, which are regular expressions for whole names. */
export function tablePattern(table: string): string {
  return table.replaceAll(/[\\^$*+?()[\]{}|,]/g, '\\$&').replaceAll('.', '\\.');
}
