import { isAppError } from '../../core/errors.ts';
import type { TableCount } from '../certificate/build-certificate.ts';
import { countTables } from '../certificate/count-tables.ts';
import type { NamedOffset } from '../offsets/offset-target.ts';
import { distance, readPositions } from './positions.ts';
import type { Site } from './site.ts';

/** A change that is in the table may be on its way into its topic for so long. */
const CAPTURE_MS = 10_000;
const POLL_MS = 500;

/** What a load has read of the table behind a topic. */
export interface ReadTable {
  readonly topic: string;
  /** Rows; undefined: nobody counted them. */
  readonly source: bigint | undefined;
  /** Records that the archive has of it. */
  readonly archived: bigint;
}

/** What has come into the live topics since. */
export interface ChangesSince {
  /** Where the archive of the live topics begins: before the load. */
  readonly positions: readonly NamedOffset[];
  /** True when the load itself wrote into the live topics. */
  readonly isLive: boolean;
}

/**
 * Asks the database itself for the rows of the tables behind topics, where `source` names them, and says for each why they
 * need not be as many as the load has read: what was written since. Nobody has to stand still for it.
 * @throws KAFKA_*
 */
export async function compareTables(
  site: Site,
  read: readonly ReadTable[],
  since: ChangesSince,
): Promise<ReadonlyMap<string, TableCount>> {
  const { source } = site.deployment;
  const asked = read.flatMap(({ topic, source: rows, archived }) => {
    const table = source?.tables[topic];
    return table === undefined ? [] : [{ topic, table, rows: rows ?? archived, isCounted: rows !== undefined }];
  });
  if (source === undefined || asked.length === 0) return new Map();
  const found = new Map<string, TableCount>();
  try {
    const counts = await countTables(
      source.url,
      asked.map(({ table }) => table),
    );
    for (const [index, at] of asked.entries()) {
      found.set(at.topic, await compareTable(site, source.url, { ...at, counted: counts[index] ?? 0n }, since));
    }
  } catch (error) {
    if (!isAppError(error, 'LOAD_DATABASE_UNAVAILABLE') && !isAppError(error, 'LOAD_TABLE_MISSING')) throw error;
    for (const { topic } of asked) found.set(topic, { rows: undefined, why: error.message });
  }
  return found;
}

interface AskedTable {
  readonly topic: string;
  readonly table: string;
  /** Those that were read; where nobody counted them, the records of the archive, which are no fewer. */
  readonly rows: bigint;
  readonly isCounted: boolean;
  readonly counted: bigint;
}

/** Where the numbers differ, and no change has been seen, one is waited for: it may be on its way. */
async function compareTable(
  site: Site,
  url: string,
  { topic, table, rows, isCounted, counted }: AskedTable,
  since: ChangesSince,
): Promise<TableCount> {
  const { clock, deployment } = site;
  const deadlineMs = clock.monotonicMs() + CAPTURE_MS;
  for (let now = counted; ;) {
    if (now === rows || (!isCounted && now < rows)) return { rows: now, why: undefined };
    // What a dump or a snapshot was made from has its own time, which nobody knows here.
    if (deployment.cdc === undefined) return { rows: now, why: 'the rows that were loaded are of an earlier time' };
    const written = await writtenSince(site, topic, since, rows);
    if (written > 0n)
      return { rows: now, why: `${written} records came into ${topic} since, of those who write there` };
    if (clock.monotonicMs() >= deadlineMs) return { rows: now, why: undefined };
    await clock.sleep(POLL_MS);
    [now = now] = await countTables(url, [table]);
  }
}

/** Records that came into a topic besides those of the load. */
async function writtenSince(
  { kafka }: Site,
  topic: string,
  { positions, isLive }: ChangesSince,
  rows: bigint,
): Promise<bigint> {
  const ends = await readPositions(kafka, [topic], 'latest');
  const all = distance(
    positions.filter((at) => at.topic === topic),
    ends,
  );
  return isLive ? all - rows : all;
}
