import { countTables } from '../certificate/count-tables.ts';

/** Who looks at a plan, or at a bar, does not wait for a table of a billion rows. */
const COUNT_TIMEOUT_MS = 3_000;

/**
 * The rows that the tables behind the topics have now; undefined where those of a topic are not named.
 * @throws LOAD_TABLE_MISSING, LOAD_DATABASE_UNAVAILABLE, also when it takes too long
 */
export async function sourceRows(
  url: string,
  tables: Readonly<Record<string, string>>,
  topics: readonly string[],
): Promise<number | undefined> {
  const named = topics.flatMap((topic) => tables[topic] ?? []);
  if (named.length < topics.length) return undefined;
  const counts = await countTables(url, named, COUNT_TIMEOUT_MS);
  return Number(counts.reduce((sum, count) => sum + count, 0n));
}
