import type { Source } from '../../core/archive/source-registry.ts';
import type { PlanNote } from '../job/job-record.ts';

/** What is known of the target topic before anything is written to it. */
export interface TargetTopic {
  readonly name: string;
  readonly id: string;
  readonly clusterId: string;
  readonly partitionCount: number;
  /** Its whole configuration, defaults too. */
  readonly config: ReadonlyMap<string, string>;
  /** Offsets between log start and end, over all partitions: an upper bound of the records that are there. */
  readonly offsetCount: bigint;
}

/** What is to be written to it, as far as the notes need it. */
export interface TargetLoad {
  readonly sources: readonly Source[];
  readonly minTimestampMs: bigint | undefined;
  readonly maxTimestampMs: bigint | undefined;
}

/**
 * What an operator should know before records are written to this topic, since afterwards the target may differ from
 * the archive: by the topic's own configuration, or because it is not empty. Meaning of the configuration: Kafka's
 * "Topic Configs".
 */
export function targetNotes(target: TargetTopic, load: TargetLoad, nowMs: number): PlanNote[] {
  const notes: PlanNote[] = [];
  const { name, config } = target;
  const add = (code: string, message: string): void => {
    notes.push({ code, message });
  };
  if (target.offsetCount > 0n) {
    add(
      'TARGET_NOT_EMPTY',
      `${name} holds records already (up to ${target.offsetCount}); the reloaded ones come after them.`,
    );
  }
  const archivedHere = load.sources.filter(({ topic, clusterId }) => topic === name && clusterId === target.clusterId);
  if (archivedHere.length > 0) {
    add(
      'TARGET_IS_ARCHIVED',
      `${name} is a topic that the archive was made from: a Storer that archives it will archive the reloaded records again.`,
    );
  }
  if (config.get('message.timestamp.type') === 'LogAppendTime') {
    add(
      'TARGET_OVERWRITES_TIMESTAMPS',
      `${name} has message.timestamp.type=LogAppendTime: Kafka replaces the records' timestamps.`,
    );
  }
  const policy = config.get('cleanup.policy') ?? 'delete';
  if (policy.includes('compact')) {
    add(
      'TARGET_IS_COMPACTED',
      `${name} has cleanup.policy=${policy}: Kafka will remove all but the last record of each key, and refuses records without a key.`,
    );
  }
  return [...notes, ...timeNotes(target, load, nowMs, policy), ...sizeNotes(target, load)];
}

function timeNotes({ name, config }: TargetTopic, load: TargetLoad, nowMs: number, policy: string): PlanNote[] {
  const { minTimestampMs, maxTimestampMs } = load;
  if (minTimestampMs === undefined || maxTimestampMs === undefined) return [];
  const notes: PlanNote[] = [];
  const oldestAgeMs = BigInt(nowMs) - minTimestampMs;
  const aheadMs = maxTimestampMs - BigInt(nowMs);
  const retentionMs = limitOf(config, 'retention.ms');
  if (policy.includes('delete') && retentionMs !== undefined && oldestAgeMs > retentionMs) {
    const message = `${name} has retention.ms=${retentionMs}, and the oldest records are ${days(oldestAgeMs)} old: Kafka may delete them at once. Set retention.ms=-1 while they are needed.`;
    notes.push({ code: 'TARGET_RETENTION', message });
  }
  if (config.get('message.timestamp.type') === 'LogAppendTime') return notes;
  const beforeMaxMs = limitOf(config, 'message.timestamp.before.max.ms');
  if (beforeMaxMs !== undefined && oldestAgeMs > beforeMaxMs) {
    const message = `${name} has message.timestamp.before.max.ms=${beforeMaxMs}, and the oldest records are ${days(oldestAgeMs)} old: Kafka will refuse them and the job will fail.`;
    notes.push({ code: 'TARGET_TIMESTAMP_LIMIT', message });
  }
  const afterMaxMs = limitOf(config, 'message.timestamp.after.max.ms');
  if (afterMaxMs !== undefined && aheadMs > afterMaxMs) {
    const message = `${name} has message.timestamp.after.max.ms=${afterMaxMs}, and the latest records are ${days(aheadMs)} in the future: Kafka will refuse them and the job will fail.`;
    notes.push({ code: 'TARGET_TIMESTAMP_LIMIT', message });
  }
  return notes;
}

/** How large the archived records are is not known, but how large they could be: what the archived topic accepted. */
function sizeNotes({ name, config }: TargetTopic, { sources }: TargetLoad): PlanNote[] {
  const accepted = limitOf(config, 'max.message.bytes');
  if (accepted === undefined) return [];
  const larger = sources.find(({ topicConfig }) => Number(topicConfig['max.message.bytes'] ?? 0) > Number(accepted));
  if (larger === undefined) return [];
  const message = `${name} accepts batches of ${accepted} bytes, but ${larger.topic} accepted ${larger.topicConfig['max.message.bytes']}: a larger record will fail the job. Raise max.message.bytes.`;
  return [{ code: 'TARGET_MESSAGE_SIZE', message }];
}

/** Undefined when there is no such limit: absent, negative, or Kafka's largest number. */
function limitOf(config: ReadonlyMap<string, string>, name: string): bigint | undefined {
  const text = config.get(name);
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const limit = BigInt(text);
  return limit >= 2n ** 63n - 1n ? undefined : limit;
}

const DAY_MS = 86_400_000n;

function days(ms: bigint): string {
  return ms < DAY_MS ? 'less than a day' : `${ms / DAY_MS} days`;
}
