import { AppError, isAppError } from '../../core/errors.ts';
import type { CommittedOffset, KafkaClient } from '../../core/kafka/kafka-client.ts';
import { partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import { isLive, liveGroup, refuseLiveGroup } from './live-group.ts';
import type { OffsetsPlan, PlannedOffset } from './offsets-plan.ts';

const SHOWN_MAX = 10;

/** What became of a plan, read again from Kafka. */
export interface AppliedOffsets {
  readonly clusterId: string;
  readonly group: string;
  /** In the order of the plan. */
  readonly partitions: readonly AppliedOffset[];
  /** Partitions that were not so already. */
  readonly changedCount: number;
}

/** One partition after its plan was applied. Undefined: nothing is committed. */
export interface AppliedOffset extends TopicPartition {
  readonly before: CommittedOffset | undefined;
  readonly planned: CommittedOffset | undefined;
  readonly actual: CommittedOffset | undefined;
}

/** What a partition's commit is to go from and to. */
interface Move extends TopicPartition {
  readonly from: CommittedOffset | undefined;
  readonly to: CommittedOffset | undefined;
}

/**
 * Sets a group's offsets as planned, and reads them again. Applied twice, or after a crash in the middle, it ends in the
 * same state. What it commits carries no metadata: that is how the Storer knows an operator's order from its own commits.
 * @throws KAFKA_GROUP_NOT_EMPTY, OFFSETS_CHANGED (the offsets or topics are not those of the plan), OFFSETS_OUTSIDE_LOG
 * (retention has removed a planned offset since), OFFSETS_NOT_APPLIED, OFFSETS_TARGET_INVALID (a plan of another cluster)
 */
export async function applyOffsets(kafka: KafkaClient, plan: OffsetsPlan): Promise<AppliedOffsets> {
  await refuseOtherCluster(kafka, plan);
  await refuseLiveGroup(kafka, plan.group);
  await refuseOtherTopics(kafka, plan);
  await refuseOutsideLog(kafka, plan);
  return await move(
    kafka,
    plan,
    plan.partitions.map(({ topic, partition, before, after }) => {
      return { topic, partition, from: before, to: { offset: after, metadata: '' } };
    }),
  );
}

/**
 * Takes an applied plan back: every partition has again what it had before, or nothing. Of a plan that was not applied, or
 * only in part, it changes what was.
 * @throws as `applyOffsets`, but for OFFSETS_OUTSIDE_LOG
 */
export async function undoOffsets(kafka: KafkaClient, plan: OffsetsPlan): Promise<AppliedOffsets> {
  await refuseOtherCluster(kafka, plan);
  await refuseLiveGroup(kafka, plan.group);
  await refuseOtherTopics(kafka, plan);
  return await move(
    kafka,
    plan,
    plan.partitions.map(({ topic, partition, before, after }) => {
      return { topic, partition, from: { offset: after, metadata: '' }, to: before };
    }),
  );
}

/** What the group has committed in the partitions of a plan, compared with it. Changes nothing. */
export async function compareOffsets(kafka: KafkaClient, plan: OffsetsPlan): Promise<AppliedOffset[]> {
  const current = await kafka.committedOffsets(plan.group, plan.partitions);
  return plan.partitions.map(({ topic, partition, before, after }) => ({
    topic,
    partition,
    before,
    planned: { offset: after, metadata: '' },
    actual: current.get(partitionName({ topic, partition })),
  }));
}

async function move(kafka: KafkaClient, plan: OffsetsPlan, moves: readonly Move[]): Promise<AppliedOffsets> {
  const { group, clusterId } = plan;
  const current = await kafka.committedOffsets(group, moves);
  const open = moves.filter((at) => !isSame(current.get(partitionName(at)), at.to));
  const changed = open.filter((at) => !isSame(current.get(partitionName(at)), at.from));
  if (changed.length > 0) throw offsetsChanged(group, changed, current);
  const set = open.flatMap(({ topic, partition, to }) => (to === undefined ? [] : [{ topic, partition, ...to }]));
  const removed = open.filter(({ to }) => to === undefined);
  try {
    await kafka.alterGroupOffsets(group, set);
    await kafka.deleteGroupOffsets(group, removed);
  } catch (error) {
    if (!isAppError(error, 'KAFKA_GROUP_NOT_EMPTY')) throw error;
    // Somebody has joined since we looked.
    const description = await kafka.describeGroup(group);
    throw isLive(description) ? liveGroup(description) : error;
  }
  const actual = await kafka.committedOffsets(group, moves);
  const wrong = moves.filter((at) => !isSame(actual.get(partitionName(at)), at.to));
  if (wrong.length > 0) throw notApplied(group, wrong, actual);
  const partitions = moves.map(({ topic, partition, from, to }): AppliedOffset => {
    return { topic, partition, before: from, planned: to, actual: actual.get(partitionName({ topic, partition })) };
  });
  return { clusterId, group, partitions, changedCount: open.length };
}

async function refuseOtherCluster(kafka: KafkaClient, plan: OffsetsPlan): Promise<void> {
  const clusterId = await kafka.clusterId();
  if (clusterId === plan.clusterId) return;
  throw new AppError(
    'OFFSETS_TARGET_INVALID',
    `The plan for group ${plan.group} was made on the cluster ${plan.clusterId}; this is ${clusterId}`,
    { subject: plan.group, hint: 'Connect to the cluster that the plan was made on, or make a new plan.' },
  );
}

async function refuseOtherTopics(kafka: KafkaClient, plan: OffsetsPlan): Promise<void> {
  const planned = new Map(plan.partitions.map(({ topic, topicId }) => [topic, topicId]));
  const described = await kafka.describeTopics([...planned.keys()]);
  const others = described.filter(({ name, id }) => planned.get(name) !== id).map(({ name }) => name);
  if (others.length === 0) return;
  throw new AppError(
    'OFFSETS_CHANGED',
    `Setting the offsets of group ${plan.group}: ${others.join(', ')} was deleted and created again since it was planned`,
    { subject: plan.group, hint: 'Offsets of the former topic mean nothing in this one. Make a new plan.' },
  );
}

async function refuseOutsideLog(kafka: KafkaClient, plan: OffsetsPlan): Promise<void> {
  const starts = await kafka.listOffsets(plan.partitions, 'earliest');
  const ends = await kafka.listOffsets(plan.partitions, 'latest');
  const outside = plan.partitions.filter((at) => {
    const name = partitionName(at);
    return at.after < (starts.get(name) ?? 0n) || at.after > (ends.get(name) ?? 0n);
  });
  if (outside.length === 0) return;
  const shown = listed(outside, (at) => `${partitionName(at)} at ${at.after} (the log has ${range(at, starts, ends)})`);
  throw new AppError('OFFSETS_OUTSIDE_LOG', `Setting the offsets of group ${plan.group}: not in the log: ${shown}`, {
    subject: plan.group,
    hint: 'The logs have changed since the plan was made: make a new one.',
  });
}

function range(at: PlannedOffset, starts: ReadonlyMap<string, bigint>, ends: ReadonlyMap<string, bigint>): string {
  const name = partitionName(at);
  return `${starts.get(name) ?? '?'} to ${ends.get(name) ?? '?'}`;
}

function isSame(a: CommittedOffset | undefined, b: CommittedOffset | undefined): boolean {
  return a?.offset === b?.offset && a?.metadata === b?.metadata;
}

function offsetsChanged(
  group: string,
  moves: readonly Move[],
  current: ReadonlyMap<string, CommittedOffset>,
): AppError {
  const shown = listed(moves, (at) => {
    return `${partitionName(at)} was at ${show(at.from)} and is at ${show(current.get(partitionName(at)))}`;
  });
  return new AppError('OFFSETS_CHANGED', `Setting the offsets of group ${group}: since they were planned, ${shown}`, {
    subject: group,
    hint: 'Nothing was changed. Look at a new plan, and apply that.',
  });
}

function notApplied(group: string, moves: readonly Move[], actual: ReadonlyMap<string, CommittedOffset>): AppError {
  const shown = listed(moves, (at) => {
    return `${partitionName(at)} was set to ${show(at.to)} and is at ${show(actual.get(partitionName(at)))}`;
  });
  return new AppError('OFFSETS_NOT_APPLIED', `Setting the offsets of group ${group}: ${shown}`, {
    subject: group,
    hint: 'Somebody else sets them at the same time. Find out who, stop it, and apply a new plan.',
  });
}

function listed<T>(items: readonly T[], text: (item: T) => string): string {
  const more = items.length > SHOWN_MAX ? `, and ${items.length - SHOWN_MAX} more` : '';
  return items.slice(0, SHOWN_MAX).map(text).join(', ') + more;
}

function show(committed: CommittedOffset | undefined): string {
  if (committed === undefined) return 'nothing';
  return committed.metadata === '' ? String(committed.offset) : `${committed.offset} (with metadata)`;
}
