import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { formatBytes, formatDuration } from '../../core/runtime/human-units.ts';
import type { JsonValue } from '../step/step.ts';
import { type CheckResult, held, refused } from './check-result.ts';

/** What a topic must keep until it is archived. */
export interface RetentionNeed {
  readonly topic: string;
  /** Longest time that a record may wait there, milliseconds. */
  readonly waitMs: number;
  /** Bytes that may wait in one partition; undefined: not known, and `retention.bytes` is only noted. */
  readonly partitionBytes?: number | undefined;
}

/** The topic keeps its records for as long as a load may take. DEPLOY_RETENTION_TOO_SHORT. */
export async function checkRetention(kafka: KafkaClient, need: RetentionNeed): Promise<CheckResult> {
  return retentionSuffices(need, await kafka.topicConfig(need.topic, { all: true }));
}

/**
 * The decision of `checkRetention`, from the topic's whole configuration. Refuses where records would be gone before they
 * are archived: by `retention.ms`, by `retention.bytes`, by a compaction that `max.compaction.lag.ms` forces. What may only
 * happen is noted: a compaction that `min.compaction.lag.ms` allows.
 */
export function retentionSuffices(need: RetentionNeed, config: ReadonlyMap<string, string>): CheckResult {
  const { topic, waitMs, partitionBytes } = need;
  const policy = (config.get('cleanup.policy') ?? 'delete').split(',').map((word) => word.trim());
  const number = (name: string, fallback: number): number => Number(config.get(name) ?? fallback);
  const settings = {
    'cleanup.policy': policy.join(','),
    'retention.ms': number('retention.ms', 604_800_000),
    'retention.bytes': number('retention.bytes', -1),
    'min.compaction.lag.ms': number('min.compaction.lag.ms', 0),
    'max.compaction.lag.ms': number('max.compaction.lag.ms', Number.MAX_SAFE_INTEGER),
  };
  const reasons: string[] = [];
  const notes: string[] = [];
  if (policy.includes('delete')) {
    const { 'retention.ms': retentionMs, 'retention.bytes': retentionBytes } = settings;
    if (retentionMs >= 0 && retentionMs < waitMs) reasons.push(`retention.ms is ${formatDuration(retentionMs)}`);
    if (retentionBytes >= 0 && partitionBytes !== undefined && retentionBytes < partitionBytes) {
      const bytes = `${formatBytes(retentionBytes)}, less than the ${formatBytes(partitionBytes)} of a partition`;
      reasons.push(`retention.bytes is ${bytes}`);
    }
    if (retentionBytes >= 0 && partitionBytes === undefined) {
      notes.push(`retention.bytes is ${formatBytes(retentionBytes)}; how much a partition gets is not known`);
    }
  }
  if (policy.includes('compact')) {
    const { 'min.compaction.lag.ms': minLagMs, 'max.compaction.lag.ms': maxLagMs } = settings;
    if (maxLagMs < waitMs) reasons.push(`max.compaction.lag.ms is ${formatDuration(maxLagMs)}`);
    else if (minLagMs < waitMs) {
      notes.push(
        `compaction may leave only the last record of a key: min.compaction.lag.ms is ${formatDuration(minLagMs)}`,
      );
    }
  }
  const check = `${topic} keeps records for ${formatDuration(waitMs)}`;
  const found: JsonValue = { topic, waitMs, ...settings, notes };
  if (reasons.length === 0) return held(check, found, notes.length === 0 ? 'passed' : 'noted');
  return refused(
    check,
    { ...found, reasons },
    {
      code: 'DEPLOY_RETENTION_TOO_SHORT',
      message: `Topic ${topic} may drop records before they are archived, which may take ${formatDuration(waitMs)}: ${reasons.join('; ')}`,
      subject: topic,
      hint: 'Raise the setting for the time of the load (kafka-configs --alter), or lower checks.loadTimeout if the load is shorter.',
    },
  );
}
