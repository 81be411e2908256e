import { AppError } from '../../core/errors.ts';
import { partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import { checkFailed } from '../apply/journaled-run.ts';
import type { NamedOffset } from '../offsets/offset-target.ts';
import type { JsonValue, StepRun } from '../step/step.ts';
import { type ArchivedPartition, type Coverage, coverageOf } from './archive-coverage.ts';
import { byName, distance } from './positions.ts';
import type { Site } from './site.ts';
import { waitUntil } from './wait-until.ts';

/** Reasons for which an archive may lack offsets of a load without lacking a record of it. */
const HARMLESS = new Set(['control', 'aborted', 'compacted']);

/** What is to be in the bucket. */
export interface ProveOptions {
  /** The group of the Storer that archives it. */
  readonly group: string;
  /** The folder of each topic. */
  readonly folders: ReadonlyMap<string, string>;
  readonly from: readonly NamedOffset[];
  readonly to: readonly NamedOffset[];
  /** Keeps the Storer running: looked after while it is waited for. */
  readonly ensure: () => Promise<void>;
}

/**
 * Waits until the Storer has archived and committed everything up to the given ends: its lag is zero then.
 * @throws DEPLOY_TIMEOUT
 */
export async function awaitArchived(
  site: Site,
  run: StepRun,
  { group, from, to, ensure }: ProveOptions,
): Promise<void> {
  const { kafka, clock, deployment } = site;
  await ensure();
  const total = Number(distance(from, to));
  let behind: readonly string[] = [];
  const probe = async (): Promise<true | undefined> => {
    const committed = await kafka.committedOffsets(group, to);
    const at = to.map((end) => ({ ...end, offset: committed.get(partitionName(end))?.offset ?? 0n }));
    const lag = Number(distance(at, to));
    run.progress({ done: Math.max(0, total - lag), total, unit: 'records', lag, text: 'archived' });
    behind = to.filter((end, index) => (at[index]?.offset ?? 0n) < end.offset).map(partitionName);
    return behind.length === 0 ? true : undefined;
  };
  await waitUntil(probe, {
    clock,
    signal: run.signal,
    timeoutMs: deployment.checks.loadTimeoutMs,
    late: () => `the group ${group} has not archived ${behind.slice(0, 5).join(', ')} to its end`,
    hint: 'Look at the log of the Storer. A further `bss deploy apply` goes on waiting; checks.loadTimeout says how long.',
  });
}

/**
 * Looks into the bucket itself: every offset from the beginning to the ends is in a segment, or a gap says why there is no
 * record. Gives the number of archived records by topic.
 * @throws DEPLOY_CHECK_FAILED naming the partitions.
 */
export async function proveArchived(
  site: Site,
  run: StepRun,
  { folders, from, to }: ProveOptions,
): Promise<Map<string, number>> {
  const starts = byName(from);
  const found: Coverage[] = [];
  const wrong: string[] = [];
  for (const at of await archivedPartitions(site, folders, to)) {
    const start = starts.get(partitionName(at)) ?? 0n;
    const coverage = await coverageOf(site.bucket, at);
    found.push(coverage);
    if (at.end > start) wrong.push(...problems(coverage, start, at.end));
  }
  const outcome = wrong.length === 0 ? 'passed' : 'failed';
  const topics = [...folders.keys()].join(', ');
  await run.evidence({
    check: `archived offsets of ${topics} cover the load`,
    outcome,
    found: found.map(coverageJson),
  });
  if (wrong.length > 0) throw checkFailed(`the archive does not cover the load: ${wrong.join('; ')}`);
  const counts = new Map<string, number>();
  for (const { topic, recordCount } of found) counts.set(topic, (counts.get(topic) ?? 0) + recordCount);
  return counts;
}

/** Where the partitions of some positions are archived. @throws KAFKA_TOPIC_MISSING */
export async function archivedPartitions(
  { kafka }: Pick<Site, 'kafka'>,
  folders: ReadonlyMap<string, string>,
  positions: readonly NamedOffset[],
): Promise<(ArchivedPartition & { readonly end: bigint })[]> {
  const described = await kafka.describeTopics([...folders.keys()]);
  const ids = new Map(described.map(({ name, id }) => [name, id]));
  return positions.map(({ topic, partition, offset }) => {
    const [folder, topicId] = [folders.get(topic), ids.get(topic)];
    if (folder === undefined || topicId === undefined)
      throw new AppError('KAFKA_TOPIC_MISSING', `there is no ${topic}`);
    return { topic, partition, topicId, folder, end: offset };
  });
}

/** Coverage as evidence. */
export function coverageJson({
  topic,
  partition,
  start,
  end,
  segmentCount,
  recordCount,
  gaps,
  firstKey,
}: Coverage): JsonValue {
  return {
    topic,
    partition,
    start: start === undefined ? null : String(start),
    end: end === undefined ? null : String(end),
    segments: segmentCount,
    records: recordCount,
    gaps: { ...gaps },
    firstSegment: firstKey ?? null,
  };
}

function problems(coverage: Coverage, start: bigint, end: bigint): string[] {
  const name = partitionName(coverage satisfies TopicPartition);
  if (coverage.start === undefined || coverage.end === undefined) return [`nothing of ${name} is archived`];
  const found: string[] = [];
  if (coverage.start !== start) found.push(`${name} begins at ${coverage.start}, not ${start}`);
  if (coverage.end < end) found.push(`${name} ends at ${coverage.end}, before ${end}`);
  const lost = Object.entries(coverage.gaps).filter(([reason, count]) => !HARMLESS.has(reason) && count > 0);
  return [...found, ...lost.map(([reason, count]) => `${name} lacks ${count} offsets (${reason})`)];
}
