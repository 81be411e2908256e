import { AppError } from '../../core/errors.ts';
import { type Offset, partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import type { OffsetFacts, PartitionFacts } from './offset-facts.ts';
import {
  comparePartitions,
  describeTarget,
  type NamedOffset,
  type OffsetTarget,
  partitionNames,
} from './offset-target.ts';
import type { OffsetsPlan, OffsetWarning, PlannedOffset } from './offsets-plan.ts';

/** How a plan is made. */
export interface PlanOffsetsOptions {
  /** Take the nearest offset of the log where the target is outside of it, instead of refusing. */
  readonly clamp: boolean;
}

/** A partition, and where its target lies, in the log or not. */
interface Aimed {
  readonly facts: PartitionFacts;
  readonly offset: Offset;
  readonly noRecordAtTime: boolean;
}

/**
 * Works out what a group's offsets are to be. Pure: `readOffsetFacts` has looked at everything that is needed.
 * @throws OFFSETS_TARGET_INVALID, OFFSETS_OUTSIDE_LOG; both name every partition that they concern
 */
export function planOffsets(facts: OffsetFacts, target: OffsetTarget, options: PlanOffsetsOptions): OffsetsPlan {
  const aimed = aim(facts, target);
  if (aimed.length === 0) {
    throw invalid(facts.group.group, `group ${facts.group.group} has no offsets to be set`, 'Name topics: --topics.');
  }
  const outside = aimed.filter(({ facts: { logStart, logEnd }, offset }) => offset < logStart || offset > logEnd);
  if (outside.length > 0 && !options.clamp) throw outsideLog(facts.group.group, outside);
  const touched = new Set(aimed.map(({ facts: at }) => partitionName(at)));
  return {
    clusterId: facts.clusterId,
    group: facts.group.group,
    madeAtMs: facts.atMs,
    target: describeTarget(target),
    partitions: aimed.map(planPartition).toSorted((a, b) => comparePartitions(a, b)),
    untouched: facts.partitions
      .filter((at) => !touched.has(partitionName(at)))
      .map(({ topic, partition }) => ({ topic, partition })),
  };
}

function aim(facts: OffsetFacts, target: OffsetTarget): Aimed[] {
  switch (target.kind) {
    case 'offsets':
      return aimAtOffsets(facts, target.offsets);
    case 'shift':
      return facts.partitions.flatMap((at) =>
        at.committed === undefined
          ? []
          : [{ facts: at, offset: at.committed.offset + target.by, noRecordAtTime: false }],
      );
    case 'time':
      return facts.partitions.map((at) => ({
        facts: at,
        offset: at.atTime ?? at.stableEnd,
        noRecordAtTime: at.atTime === undefined,
      }));
    case 'earliest':
      return facts.partitions.map((at) => ({ facts: at, offset: at.logStart, noRecordAtTime: false }));
    case 'latest':
      return facts.partitions.map((at) => ({ facts: at, offset: at.stableEnd, noRecordAtTime: false }));
  }
}

function aimAtOffsets({ group: { group }, partitions }: OffsetFacts, offsets: readonly NamedOffset[]): Aimed[] {
  const known = new Map(partitions.map((at) => [partitionName(at), at]));
  const seen = new Set<string>();
  const [twice, missing]: [TopicPartition[], TopicPartition[]] = [[], []];
  const aimed = offsets.flatMap((named) => {
    const name = partitionName(named);
    const facts = known.get(name);
    if (seen.has(name)) twice.push(named);
    else if (facts === undefined) missing.push(named);
    seen.add(name);
    return facts === undefined ? [] : [{ facts, offset: named.offset, noRecordAtTime: false }];
  });
  if (twice.length > 0) throw invalid(group, `more than one offset is named for ${partitionNames(twice)}`);
  if (missing.length > 0) {
    const counts = 'A partition of that number does not exist, or its topic is left out by --topics.';
    throw invalid(group, `there is no partition ${partitionNames(missing)}`, counts);
  }
  return aimed;
}

function planPartition({ facts, offset, noRecordAtTime }: Aimed): PlannedOffset {
  const { topic, partition, topicId, committed, logStart, logEnd, stableEnd } = facts;
  const after = clampTo(offset, logStart, logEnd);
  const from = committed === undefined ? logStart : clampTo(committed.offset, logStart, logEnd);
  const skipped = after > from ? after - from : 0n;
  const repeated = committed !== undefined && from > after ? from - after : 0n;
  const planned = {
    topic,
    partition,
    topicId,
    before: committed,
    after,
    logStart,
    logEnd,
    stableEnd,
    skipped,
    repeated,
  };
  const warnings = warningsOf(planned);
  if (after !== offset) {
    const where = offset < logStart ? 'before the start' : 'behind the end';
    warnings.push({
      name: 'clamped',
      text: `${offset} is ${where} of the log; ${after} is the nearest that is in it.`,
    });
  }
  if (noRecordAtTime) {
    warnings.push({ name: 'time-after-end', text: 'No record is of that time or later: the end of the log is taken.' });
  }
  return { ...planned, warnings };
}

function warningsOf(planned: Omit<PlannedOffset, 'warnings'>): OffsetWarning[] {
  const { before, after, logStart, logEnd, stableEnd, skipped } = planned;
  const warnings: OffsetWarning[] = [];
  if (skipped > 0n) {
    const text =
      before === undefined
        ? `Up to ${skipped} records that the log has lie before it and will not be read.`
        : `Up to ${skipped} records that have not been read will never be.`;
    warnings.push({ name: 'records-skipped', text });
  }
  if (before !== undefined && before.offset < logStart) {
    const lost = logStart - before.offset;
    warnings.push({ name: 'records-expired', text: `${lost} offsets that have not been read are gone from the log.` });
  }
  if (before !== undefined && before.offset > logEnd) {
    const text = `${before.offset} is committed, but the log ends at ${logEnd}: it may be another topic's.`;
    warnings.push({ name: 'committed-outside-log', text });
  }
  if (after > stableEnd) {
    const text = `${after - stableEnd} offsets before it are of transactions that are still open.`;
    warnings.push({ name: 'open-transaction', text });
  }
  return warnings;
}

function clampTo(offset: Offset, min: Offset, max: Offset): Offset {
  if (offset < min) return min;
  return offset > max ? max : offset;
}

function invalid(subject: string, message: string, hint?: string): AppError {
  return new AppError('OFFSETS_TARGET_INVALID', `Planning the offsets of group ${subject}: ${message}`, {
    subject,
    hint,
  });
}

function outsideLog(group: string, outside: readonly Aimed[]): AppError {
  const shown = outside.slice(0, 10).map(({ facts, offset }) => {
    return `${partitionName(facts)} at ${offset} (the log has ${facts.logStart} to ${facts.logEnd})`;
  });
  const more = outside.length > 10 ? `, and ${outside.length - 10} more` : '';
  return new AppError(
    'OFFSETS_OUTSIDE_LOG',
    `Planning the offsets of group ${group}: not in the log: ${shown.join(', ')}${more}`,
    {
      subject: group,
      hint: 'Are they of this topic, and not of a namesake that was deleted? Say --clamp to take the nearest offset in the log.',
    },
  );
}
