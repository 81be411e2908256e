/** How long a topic keeps a record for sure; undefined where time removes nothing. Milliseconds. */
export interface TopicRetention {
  readonly retentionMs: number | undefined;
  /** Of a compacted topic: before this a record is never compacted away. */
  readonly compactionLagMs: number | undefined;
}

/** Reads it from a topic's whole configuration. Kafka's defaults: delete, seven days; no minimum compaction lag. */
export function topicRetention(config: ReadonlyMap<string, string>): TopicRetention {
  const policy = (config.get('cleanup.policy') ?? 'delete').split(',').map((part) => part.trim());
  const retentionMs = Number(config.get('retention.ms') ?? 604_800_000);
  const compactionLagMs = Number(config.get('min.compaction.lag.ms') ?? 0);
  return {
    retentionMs: policy.includes('delete') && retentionMs >= 0 ? retentionMs : undefined,
    compactionLagMs: policy.includes('compact') ? compactionLagMs : undefined,
  };
}

/** What a person should know before records wait `ageMaxMs` in a topic of that retention; undefined: all is well. */
export function retentionWarning(topic: string, retention: TopicRetention, ageMaxMs: number): string | undefined {
  const { retentionMs, compactionLagMs } = retention;
  if (retentionMs !== undefined && retentionMs < 2 * ageMaxMs) {
    return (
      `${topic} keeps records for ${retentionMs} ms, and they may wait ${ageMaxMs} ms to be archived: after a short ` +
      'outage they would be lost. Raise retention.ms, or lower storer.rotation.ageMax.'
    );
  }
  if (compactionLagMs !== undefined && compactionLagMs < 2 * ageMaxMs) {
    return (
      `${topic} is compacted, and records may be compacted away before they are archived (what is archived is the last ` +
      `record of each key, and more). To have every record, set min.compaction.lag.ms to ${2 * ageMaxMs} or more.`
    );
  }
  return undefined;
}
