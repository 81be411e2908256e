import type { GroupDescription, ListedGroup } from '../../core/kafka/kafka-client.ts';
import { partitionName } from '../../core/record/topic-partition.ts';
import type { Palette } from '../../core/runtime/colours.ts';
import { formatCount } from '../../core/runtime/human-units.ts';
import { formatTable } from '../../core/runtime/text-table.ts';
import type { AppliedOffsets } from './apply-offsets.ts';
import { describeMembers, isLive } from './live-group.ts';
import type { OffsetFacts } from './offset-facts.ts';
import { partitionNames } from './offset-target.ts';
import { committedJson } from './offsets-plan-json.ts';
import type { OffsetsPlan, PlannedOffset } from './offsets-plan.ts';
import { isUnchanged } from './offsets-plan.ts';

const METADATA_SHOWN_MAX = 60;
const WARNINGS_SHOWN_MAX = 20;

/** `bss offsets show` without a group. */
export function formatGroups(groups: readonly ListedGroup[]): string {
  if (groups.length === 0) return 'The cluster has no groups.\n';
  const rows = groups.map(({ group, state, protocolType }) => [group, state, protocolType]);
  return formatTable([{ title: 'GROUP' }, { title: 'STATE' }, { title: 'KIND' }], rows);
}

/** `bss offsets show <group>`: where the group is, and who is in it. */
export function formatOffsets(facts: OffsetFacts, palette: Palette): string {
  const { group } = facts;
  const lines = [
    `${palette.bold(group.group)}  ${group.state}${group.protocolType === '' ? '' : `, ${group.protocolType}`}`,
  ];
  if (group.members.length > 0) lines.push(`members: ${describeMembers(group)}`);
  if (facts.partitions.length === 0) return `${lines.join('\n')}\nNo offsets.\n`;
  const columns = [
    { title: 'PARTITION' },
    ...['OFFSET', 'LAG', 'LOG START', 'LOG END'].map((title) => ({ title, align: 'right' as const })),
    { title: 'METADATA' },
  ];
  const rows = facts.partitions.map((at) => [
    partitionName(at),
    at.committed === undefined ? '-' : String(at.committed.offset),
    at.committed === undefined ? '-' : formatCount(lagOf(at.committed.offset, at.logEnd)),
    String(at.logStart),
    String(at.logEnd),
    shorten(at.committed?.metadata ?? ''),
  ]);
  return `${lines.join('\n')}\n${formatTable(columns, rows)}`;
}

/** `bss offsets show <group> --json`. */
export function offsetsJson({ clusterId, group, partitions }: OffsetFacts) {
  return {
    clusterId,
    ...group,
    offsets: partitions.map(({ topic, partition, topicId, committed, logStart, logEnd, stableEnd }) => ({
      topic,
      partition,
      topicId,
      committed: committedJson(committed),
      lag: committed === undefined ? null : String(lagOf(committed.offset, logEnd)),
      logStart: String(logStart),
      logEnd: String(logEnd),
      stableEnd: String(stableEnd),
    })),
  };
}

/** `bss offsets plan`: a line for each partition, warnings below, and what it comes to. */
export function formatPlan(plan: OffsetsPlan, palette: Palette): string {
  const columns = [
    { title: 'PARTITION' },
    ...['BEFORE', 'AFTER', 'SKIPPED', 'REPEATED', 'LOG START', 'LOG END'].map((title) => {
      return { title, align: 'right' as const };
    }),
  ];
  const rows = plan.partitions.map((at) => [
    partitionName(at),
    at.before === undefined ? '-' : String(at.before.offset),
    isUnchanged(at) ? palette.dim('unchanged') : palette.bold(String(at.after)),
    at.skipped === 0n ? '0' : palette.yellow(formatCount(at.skipped)),
    formatCount(at.repeated),
    String(at.logStart),
    String(at.logEnd),
  ]);
  const all = plan.partitions.flatMap((at) =>
    at.warnings.map(
      ({ name, text }) => `${palette.yellow('warning')}  ${name}  ${partitionName(at)}\n         ${text}\n`,
    ),
  );
  const more = all.length - WARNINGS_SHOWN_MAX;
  const rest = more > 0 ? [`${palette.yellow('warning')}  and ${more} more, which --json has all of\n`] : [];
  const warnings = [...all.slice(0, WARNINGS_SHOWN_MAX), ...rest];
  const untouched =
    plan.untouched.length === 0 ? '' : `Not mentioned, and left as they are: ${partitionNames(plan.untouched)}.\n`;
  return [
    `Group ${palette.bold(plan.group)} to ${plan.target}\n`,
    formatTable(columns, rows),
    ...warnings,
    untouched,
    `${totals(plan.partitions)}\n`,
  ].join('');
}

/** `bss offsets apply`. */
export function formatApplied({ group, partitions, changedCount }: AppliedOffsets, palette: Palette): string {
  const total = `${partitions.length} partition${partitions.length === 1 ? '' : 's'}`;
  if (changedCount === 0) return `Group ${group} was there already: nothing to change in ${total}.\n`;
  const changed = `${changedCount} of ${total}`;
  return `${palette.green('Done')}: group ${group} was set in ${changed}; read again, every offset is as planned.\n`;
}

/** `bss offsets apply --json`. */
export function appliedJson({ clusterId, group, partitions, changedCount }: AppliedOffsets) {
  return {
    clusterId,
    group,
    changedCount,
    partitions: partitions.map(({ topic, partition, before, planned, actual }) => ({
      topic,
      partition,
      before: committedJson(before),
      planned: committedJson(planned),
      actual: committedJson(actual),
    })),
  };
}

/** What stands in the way of applying a plan now; undefined: nothing. */
export function formatObstacle(group: GroupDescription, palette: Palette): string | undefined {
  if (!isLive(group)) return undefined;
  const who = group.members.length === 0 ? `is in the state "${group.state}"` : `has ${describeMembers(group)}`;
  return `${palette.yellow('Cannot be applied now')}: the group ${who}. Stop its members first.\n`;
}

function totals(partitions: readonly PlannedOffset[]): string {
  const changed = partitions.filter((at) => !isUnchanged(at)).length;
  const skipped = partitions.reduce((sum, at) => sum + at.skipped, 0n);
  const repeated = partitions.reduce((sum, at) => sum + at.repeated, 0n);
  const moved = changed === 0 ? 'nothing changes' : `${changed} of ${partitions.length} partitions change`;
  return `In all: ${moved}, at most ${formatCount(skipped)} records are skipped, ${formatCount(repeated)} repeated.`;
}

function lagOf(committed: bigint, logEnd: bigint): bigint {
  return committed >= logEnd ? 0n : logEnd - committed;
}

function shorten(text: string): string {
  return text.length <= METADATA_SHOWN_MAX ? text : `${text.slice(0, METADATA_SHOWN_MAX - 3)}...`;
}
