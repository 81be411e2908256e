import type { Clock } from '../core/runtime/clock.ts';
import type { Metrics } from '../core/runtime/metrics.ts';
import type { OwnedPartition } from './owned-partition.ts';
import type { Storer } from './storer.ts';
import type { STORER_METRICS } from './storer-metrics.ts';

/** Gauges that are worked out from the storer's state whenever somebody reads the metrics. */
export function collectStorerGauges(metrics: Metrics<typeof STORER_METRICS>, storer: Storer, clock: Clock): void {
  metrics.collect('bss_partitions_owned', () => [{ labels: {}, value: storer.ownedCount }]);
  metrics.collect('bss_segments_in_flight', () => [{ labels: {}, value: storer.segmentsInFlight }]);
  metrics.collect('bss_backlog_offsets', () =>
    [...storer.partitions].map((owned) => ({ labels: labels(owned), value: Number(owned.progress.backlog) })),
  );
  metrics.collect('bss_backlog_age_seconds', () =>
    [...storer.partitions].map((owned) => ({
      labels: labels(owned),
      value: seconds(waitedMs(owned, clock.monotonicMs())),
    })),
  );
  metrics.collect('bss_retention_left_seconds', () =>
    [...storer.partitions].flatMap((owned) => {
      const { retentionMs } = owned.topic.retention;
      if (retentionMs === undefined || owned.progress.backlog <= 0n) return [];
      return [{ labels: labels(owned), value: (retentionMs - waitedMs(owned, clock.monotonicMs())) / 1000 }];
    }),
  );
  metrics.collect('bss_stable_offset_stalled_seconds', () =>
    [...storer.partitions].flatMap((owned) => {
      const since = owned.stall.sinceMs;
      return since === undefined ? [] : [{ labels: labels(owned), value: seconds(clock.monotonicMs() - since) }];
    }),
  );
  metrics.collect('bss_partitions_stopped', () => {
    const codes = storer.stopped.map(({ error }) => error.code);
    return [...new Set(codes)].map((code) => ({ labels: { code }, value: codes.filter((c) => c === code).length }));
  });
}

function waitedMs({ progress }: OwnedPartition, nowMs: number): number {
  return progress.backlogSinceMs === undefined ? 0 : nowMs - progress.backlogSinceMs;
}

function labels({ at }: OwnedPartition): { readonly topic: string; readonly partition: number } {
  return { topic: at.topic, partition: at.partition };
}

function seconds(ms: number): number {
  return Math.max(0, ms) / 1000;
}
