import type { GroupState } from '../../core/kafka/kafka-client.ts';
import { PartitionReader } from '../../core/kafka/partition-reader.ts';
import { type Offset, partitionName } from '../../core/record/topic-partition.ts';
import type { NamedOffset } from '../offsets/offset-target.ts';
import type { Step } from '../step/step.ts';
import { liveTopics, names } from './live-topics.ts';
import { byName, maximum, readPositions } from './positions.ts';
import type { Site } from './site.ts';
import { waitUntil } from './wait-until.ts';

/** A group that is rebalancing has members too: those that are slow keep it there for minutes. */
const WITHOUT_MEMBERS: ReadonlySet<GroupState> = new Set(['dead', 'empty']);
/** So many offsets a transaction's marker, or a few, may take: behind more there are records. */
const MARKERS_MAX = 100;
const GROUPS_SHOWN_MAX = 3;

/** Waits until those who read the live topics now have read all of them. */
export function drainConsumersStep(site: Site): Step {
  const topics = liveTopics(site);
  const { clock, deployment } = site;
  return {
    id: 'drain-consumers',
    title: 'Wait for the consumers',
    guideline: undefined,
    describe: () =>
      Promise.resolve({
        inputs: [`topics: ${names(topics)}`],
        changes: [],
        preconditions: [],
        checks: ['every group with members has a lag of zero on the topics'],
        undo: undefined,
      }),
    precondition: () => Promise.resolve(),
    async apply(run) {
      let behind: readonly GroupLag[] = [];
      const probe = async (): Promise<true | undefined> => {
        behind = (await liveLags(site, topics)).filter((group) => group.lag > 0);
        const lag = behind.reduce((sum, group) => sum + group.lag, 0);
        const text = behind.length === 0 ? 'left to the consumers' : `left to ${groupsOf(behind)}`;
        run.progress({ done: 0, total: undefined, unit: 'records', lag, text });
        return lag === 0 ? true : undefined;
      };
      await waitUntil(probe, {
        clock,
        signal: run.signal,
        timeoutMs: deployment.checks.loadTimeoutMs,
        late: () => `consumers are behind: ${behind.map(({ group, lag }) => `${group} by ${lag}`).join(', ')}`,
        hint:
          'A further `bss deploy apply` goes on waiting; checks.loadTimeout says how long. A group that need not read ' +
          'them is not waited for once its members are stopped.',
      });
    },
    async check(run) {
      const found = await liveLags(site, topics);
      await run.evidence({
        check: 'live groups have read all of the topics',
        outcome: 'passed',
        found: found.map((lag) => ({ ...lag })),
      });
    },
  };
}

interface GroupLag {
  readonly group: string;
  readonly lag: number;
}

function groupsOf(behind: readonly GroupLag[]): string {
  const shown = behind.slice(0, GROUPS_SHOWN_MAX).map(({ group }) => group);
  const more = behind.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

async function liveLags(site: Site, topics: readonly string[]): Promise<GroupLag[]> {
  const { kafka } = site;
  const starts = byName(await readPositions(kafka, topics, 'earliest'));
  const ends = byName(await readPositions(kafka, topics, 'stable'));
  const lags: GroupLag[] = [];
  for (const { group, state, protocolType } of await kafka.listGroups()) {
    if (protocolType !== 'consumer' || WITHOUT_MEMBERS.has(state)) continue;
    const committed = (await kafka.allCommittedOffsets(group)).filter(({ topic }) => topics.includes(topic));
    if (committed.length === 0) continue;
    let lag = 0;
    for (const at of committed) {
      const name = partitionName(at);
      // What has expired, nobody can read any more.
      const start = maximum(at.offset, starts.get(name) ?? 0n);
      lag += await lagOf(site, { ...at, offset: start }, ends.get(name) ?? 0n);
    }
    lags.push({ group, lag });
  }
  return lags;
}

/** Some consumers commit no more than the end of the last record, and never the marker of its transaction. */
async function lagOf({ kafka }: Site, at: NamedOffset, end: Offset): Promise<number> {
  const lag = Math.max(0, Number(end - at.offset));
  if (lag === 0 || lag > MARKERS_MAX) return lag;
  const next = await new PartitionReader(kafka, at, end, at.offset).next();
  return next === undefined ? 0 : lag;
}
