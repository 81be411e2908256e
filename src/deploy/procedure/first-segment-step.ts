import { must } from '../../core/assert.ts';
import { PartitionReader } from '../../core/kafka/partition-reader.ts';
import { partitionName } from '../../core/record/topic-partition.ts';
import { checkFailed } from '../apply/journaled-run.ts';
import type { NamedOffset } from '../offsets/offset-target.ts';
import type { Step, StepRun } from '../step/step.ts';
import { type Coverage, coverageOf } from './archive-coverage.ts';
import { liveTopics, names } from './live-topics.ts';
import { byName, readPositions, readPositionsJson } from './positions.ts';
import { EVENT_POSITIONS, NOTE_POSITIONS, plannedStarts } from './positions-step.ts';
import { archivedPartitions, coverageJson } from './prove-archived.ts';
import { standardStorer } from './service-config.ts';
import { ensureRuns } from './service-steps.ts';
import type { Site } from './site.ts';
import { waitUntil } from './wait-until.ts';

/** Besides the age at which a segment is written at the latest. */
const SLACK_MS = 120_000;

/**
 * Waits for the first segment of each live partition that has records, and checks that it begins where it was planned, and
 * that it was announced.
 */
export function firstSegmentStep(site: Site): Step {
  const topics = liveTopics(site);
  const { eventsTopic, rotation } = site.storer.storer;
  return {
    id: 'first-segments',
    title: 'See the first segments',
    guideline: undefined,
    describe: () =>
      Promise.resolve({
        inputs: [`topics: ${names(topics)}`],
        changes: [],
        preconditions: [],
        checks: [
          'the first segment of each partition begins where it was planned',
          eventsTopic === undefined
            ? 'nothing is announced: there is no events topic'
            : `it is announced on ${eventsTopic}`,
        ],
        undo: undefined,
        estimate: { records: undefined, bytes: undefined, durationMs: rotation.ageMaxMs },
      }),
    precondition: () => Promise.resolve(),
    async apply(run) {
      await ensureRuns(site, 'storer', standardStorer(site), run);
      await awaitFirstSegments(site, run);
    },
    async check(run) {
      const starts = must(plannedStarts(run), 'positions were noted');
      const found = await firstSegments(site, starts);
      const planned = byName(starts);
      const wrong = found.filter((at) => at.start !== undefined && at.start !== planned.get(partitionName(at)));
      const outcome = wrong.length === 0 ? 'passed' : 'failed';
      await run.evidence({
        check: 'the first segments begin where it was planned',
        outcome,
        found: found.map(coverageJson),
      });
      if (wrong.length > 0) throw checkFailed(wrong.map((at) => describeWrong(at, planned)).join('; '));
      await proveAnnounced(site, run, found);
    },
  };
}

async function awaitFirstSegments(site: Site, run: StepRun): Promise<void> {
  const planned = must(plannedStarts(run), 'positions were noted');
  const timeoutMs = site.storer.storer.rotation.ageMaxMs + SLACK_MS;
  let open: readonly string[] = [];
  const probe = async (): Promise<true | undefined> => {
    const ends = byName(await readPositions(site.kafka, liveTopics(site), 'stable'));
    const found = await firstSegments(site, planned);
    const starts = byName(planned);
    const waited = found.filter((at) => (ends.get(partitionName(at)) ?? 0n) > (starts.get(partitionName(at)) ?? 0n));
    open = waited.filter(({ start }) => start === undefined).map(partitionName);
    run.progress({ done: waited.length - open.length, total: waited.length, unit: 'partitions' });
    return open.length === 0 ? true : undefined;
  };
  await waitUntil(probe, {
    clock: site.clock,
    signal: run.signal,
    timeoutMs,
    late: () => `nothing of ${open.slice(0, 5).join(', ')} is archived, although there are records`,
    hint: 'Look at the log of the Storer.',
  });
}

async function firstSegments(site: Site, planned: readonly NamedOffset[]): Promise<Coverage[]> {
  const folders = new Map(site.storer.storer.topics.map(({ topic, folder }) => [topic, folder]));
  const partitions = await archivedPartitions(site, folders, planned);
  return await Promise.all(partitions.map((at) => coverageOf(site.bucket, at, at.end + 1n)));
}

function describeWrong(at: Coverage, planned: ReadonlyMap<string, bigint>): string {
  const name = partitionName(at);
  return `the archive of ${name} begins at ${at.start}, not at ${planned.get(name)} as planned`;
}

/** A segment is announced after it was stored, together with what is stored shortly after it. */
const ANNOUNCED_MS = 30_000;
const ANNOUNCED_POLL_MS = 250;

/** Reads the events topic from where it ended before the Storer was started, until the first file of each is found. */
async function proveAnnounced(site: Site, run: StepRun, found: readonly Coverage[]): Promise<void> {
  const { eventsTopic } = site.storer.storer;
  const keys = found.flatMap(({ firstKey }) => (firstKey === undefined ? [] : [firstKey]));
  if (eventsTopic === undefined || keys.length === 0) return;
  const check = `the first segments are announced on ${eventsTopic}`;
  const from = byName(readPositionsJson(run.notesOf(NOTE_POSITIONS).get(EVENT_POSITIONS)));
  const deadlineMs = site.clock.monotonicMs() + ANNOUNCED_MS;
  for (;;) {
    const events = await readAnnounced(site, eventsTopic, from, keys);
    const missing = keys.filter((key) => !events.has(key));
    const isOver = missing.length === 0 || site.clock.monotonicMs() >= deadlineMs;
    if (isOver) {
      const outcome = missing.length === 0 ? 'passed' : 'failed';
      await run.evidence({ check, outcome, found: [...events.values()].map((event) => ({ ...event })) });
    }
    if (missing.length === 0) return;
    if (isOver) throw checkFailed(`no event on ${eventsTopic} announces ${names(missing.slice(0, 3))}`, eventsTopic);
    await site.clock.sleep(ANNOUNCED_POLL_MS, run.signal);
  }
}

/** The events of those files, by their keys, as far as they are there. */
async function readAnnounced(
  { kafka }: Site,
  eventsTopic: string,
  from: ReadonlyMap<string, bigint>,
  keys: readonly string[],
): Promise<Map<string, FileEvent>> {
  const wanted = new Set(keys);
  const events = new Map<string, FileEvent>();
  for (const { topic, partition, offset } of await readPositions(kafka, [eventsTopic], 'stable')) {
    const reader = new PartitionReader(
      kafka,
      { topic, partition },
      offset,
      from.get(partitionName({ topic, partition })),
    );
    for (let record = await reader.next(); record !== undefined && wanted.size > 0; record = await reader.next()) {
      const event = parseEvent(record.value);
      if (event !== undefined && wanted.delete(event.filePath)) events.set(event.filePath, event);
    }
  }
  return events;
}

interface FileEvent {
  readonly filePath: string;
  readonly batchSize: number;
}

function parseEvent(value: Uint8Array | null): FileEvent | undefined {
  if (value === null) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    const { filePath, batchSize } = Object(parsed) as Partial<FileEvent>;
    return typeof filePath === 'string' ? { filePath, batchSize: Number(batchSize) } : undefined;
  } catch {
    // The topic may have other writers.
    return undefined;
  }
}
