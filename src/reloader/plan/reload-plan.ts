import type { HoleReason } from '../../core/archive/chain-walker.ts';
import { AppError } from '../../core/errors.ts';
import type { PlanNote, PlanTotals, ReloadRange } from '../job/job-record.ts';
import type { ReloadRequest } from '../request/reload-request.ts';
import type { PartitionSelection } from './partition-selection.ts';
import { targetNotes, type TargetTopic } from './target-notes.ts';

/** What is written to one partition of the target: ranges one after the other, source by source. */
export interface PlannedTask {
  readonly partition: number;
  readonly ranges: readonly ReloadRange[];
  readonly records: number;
  readonly linesBytes: number;
  readonly objectBytes: number;
  readonly segments: number;
}

/** A hole in what was selected. */
export interface PlannedHole {
  readonly folder: string;
  readonly source: number;
  readonly partition: number;
  readonly start: string;
  /** Exclusive. */
  readonly end: string;
  readonly reason: HoleReason;
}

/** What a request would do, found out without writing anything. */
export interface ReloadPlan {
  readonly targetTopic: string;
  /** Undefined: the target does not exist. */
  readonly targetTopicId: string | undefined;
  readonly totals: PlanTotals;
  readonly tasks: readonly PlannedTask[];
  /** Offsets without a record between the segments, by reason; within segments, their metadata counts them. */
  readonly holeOffsets: Readonly<Partial<Record<HoleReason, string>>>;
  /** The first of the holes. */
  readonly holes: readonly PlannedHole[];
  readonly notes: readonly PlanNote[];
  /** Why a job cannot be created from this; empty when it can. */
  readonly refusals: readonly AppError[];
}

const HOLES_LISTED_MAX = 100;

/** Tasks that one job may have: its records must fit into memory and a transaction. */
const TASKS_MAX = 10_000;

/** Works out the plan. Selections come source by source; `undefined` stands for a target that does not exist. */
export function buildPlan(
  request: ReloadRequest,
  selections: readonly PartitionSelection[],
  target: TargetTopic | undefined,
  nowMs: number,
): ReloadPlan {
  const wanted = selections.filter(({ range, totals }) => range !== undefined && totals.recordCount > 0);
  const tasks = [...Map.groupBy(wanted, ({ partition }) => partition)]
    .map(([partition, ofPartition]) => planTask(partition, ofPartition))
    .sort((a, b) => a.partition - b.partition);
  const sources = [...new Set(wanted.map(({ source }) => source))];
  const load = {
    sources,
    minTimestampMs: extreme(
      wanted.map(({ minTimestampMs }) => minTimestampMs),
      (a, b) => a < b,
    ),
    maxTimestampMs: extreme(
      wanted.map(({ maxTimestampMs }) => maxTimestampMs),
      (a, b) => a > b,
    ),
  };
  const notes = target === undefined ? [] : targetNotes(target, load, nowMs);
  if (tasks.length === 0) {
    notes.push({
      code: 'NOTHING_SELECTED',
      message: 'The archive holds no record that the request selects: there is nothing to do.',
    });
  }
  const holeOffsets = sumHoles(selections);
  const missing = holeOffsets.get('missing') ?? 0n;
  if (missing > 0n && request.allowMissing) {
    notes.push({
      code: 'ARCHIVE_INCOMPLETE',
      message: `${missing} offsets are missing from the archive, and are passed over as asked (allowMissing).`,
    });
  }
  return {
    targetTopic: request.targetTopic,
    targetTopicId: target?.id,
    totals: totalsOf(
      tasks,
      wanted.every(({ exact }) => exact),
    ),
    tasks,
    holeOffsets: Object.fromEntries([...holeOffsets].map(([reason, count]) => [reason, count.toString()])),
    holes: selections.flatMap(listHoles).slice(0, HOLES_LISTED_MAX),
    notes,
    refusals: refusalsOf(request, tasks, target, selections, missing),
  };
}

function planTask(partition: number, selections: readonly PartitionSelection[]): PlannedTask {
  const sum = (pick: (selection: PartitionSelection) => number): number =>
    selections.reduce((total, selection) => total + pick(selection), 0);
  return {
    partition,
    ranges: selections.flatMap(({ source, range }) =>
      range === undefined
        ? []
        : [{ folder: source.folder, source: source.number, start: range.start.toString(), end: range.end.toString() }],
    ),
    records: sum(({ totals }) => totals.recordCount),
    linesBytes: sum(({ totals }) => totals.linesBytes),
    objectBytes: sum(({ totals }) => totals.objectBytes),
    segments: sum(({ totals }) => totals.segmentCount),
  };
}

function totalsOf(tasks: readonly PlannedTask[], exact: boolean): PlanTotals {
  const sum = (pick: (task: PlannedTask) => number): number => tasks.reduce((total, task) => total + pick(task), 0);
  return {
    taskCount: tasks.length,
    segmentCount: sum(({ segments }) => segments),
    recordCount: sum(({ records }) => records),
    recordCountExact: exact,
    objectBytes: sum(({ objectBytes }) => objectBytes),
    linesBytes: sum(({ linesBytes }) => linesBytes),
  };
}

function sumHoles(selections: readonly PartitionSelection[]): Map<HoleReason, bigint> {
  const sums = new Map<HoleReason, bigint>();
  for (const { holeOffsets } of selections) {
    for (const [reason, count] of holeOffsets) sums.set(reason, (sums.get(reason) ?? 0n) + count);
  }
  return sums;
}

function listHoles({ source, partition, holes }: PartitionSelection): PlannedHole[] {
  return holes.map(({ range, reason }) => ({
    folder: source.folder,
    source: source.number,
    partition,
    start: range.start.toString(),
    end: range.end.toString(),
    reason,
  }));
}

function refusalsOf(
  request: ReloadRequest,
  tasks: readonly PlannedTask[],
  target: TargetTopic | undefined,
  selections: readonly PartitionSelection[],
  missing: bigint,
): AppError[] {
  const refusals: AppError[] = [];
  const partitionsNeeded = Math.max(
    0,
    ...selections.map(({ source, partition }) => Math.max(source.partitionCount, partition + 1)),
  );
  const last = tasks.at(-1)?.partition ?? -1;
  if (target === undefined) {
    refusals.push(
      new AppError('KAFKA_TOPIC_MISSING', `the target topic ${request.targetTopic} does not exist`, {
        subject: request.targetTopic,
        hint: `Create it with ${partitionsNeeded} partitions, as the archived topic had, and retention.ms=-1 if its records are old.`,
      }),
    );
  } else if (target.partitionCount <= last) {
    refusals.push(
      new AppError(
        'KAFKA_PARTITION_MISMATCH',
        `the target topic ${target.name} has ${target.partitionCount} partitions, but partition ${last} is to be reloaded`,
        {
          subject: target.name,
          hint: `Every record goes to the partition that it came from: give the target ${partitionsNeeded} partitions.`,
        },
      ),
    );
  }
  if (missing > 0n && !request.allowMissing) {
    refusals.push(
      new AppError('RELOAD_INCOMPLETE_ARCHIVE', `${missing} offsets of the selection are missing from the archive`, {
        subject: selections[0]?.source.folder,
        hint: 'Run `bss archive verify`. Restore the segments, or send allowMissing: true to reload the rest.',
      }),
    );
  }
  if (tasks.length > TASKS_MAX) {
    refusals.push(
      new AppError('RELOAD_REQUEST_INVALID', `the request selects ${tasks.length} partitions, more than ${TASKS_MAX}`, {
        subject: 'partitions',
        hint: 'Reload them in several jobs, each with a part of the partitions.',
      }),
    );
  }
  return refusals;
}

function extreme(
  values: readonly (bigint | undefined)[],
  better: (a: bigint, b: bigint) => boolean,
): bigint | undefined {
  let best: bigint | undefined;
  for (const value of values) if (value !== undefined && (best === undefined || better(value, best))) best = value;
  return best;
}
