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
 * The table of each topic: Debezium names a topic `<topic.prefix>.<table>` unless a transformation renames it; for such a
 * topic, the table must be known otherwise.
 * @param known tables by topic
 * @throws DEPLOY_CDC_REFUSED naming the topics whose tables are not known
 */
export function tablesOf(
  config: ConnectorConfig,
  topics: readonly { readonly topic: string; readonly target: string }[],
  known: Readonly<Record<string, string>>,
): LoadedTable[] {
  const prefix = `${config['topic.prefix'] ?? ''}${config['topic.delimiter'] ?? '.'}`;
  const found = topics.map(({ topic, target }) => {
    const named = topic.startsWith(prefix) ? topic.slice(prefix.length) : known[topic];
    return { topic, target, table: named ?? '' };
  });
  const unknown = found.filter(({ table }) => table === '').map(({ topic }) => topic);
  if (unknown.length === 0) return found;
  throw new AppError('DEPLOY_CDC_REFUSED', `it is not known which tables are captured into ${unknown.join(', ')}`, {
    subject: unknown[0],
    hint: `The connector's own names begin with ${prefix}. Name the tables of other topics in \`source.tables\`: {topic: schema.table}.`,
  });
}

/** As an element of Debezium's lists of tables, which are regular expressions for whole names. */
export function tablePattern(table: string): string {
  return table.replaceAll(/[\\^$*+?()[\]{}|,]/g, '\\$&').replaceAll('.', '\\.');
}
