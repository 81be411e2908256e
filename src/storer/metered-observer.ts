import { type AppError, isAppError } from '../core/errors.ts';
import { GAP_REASONS, partitionName } from '../core/record/topic-partition.ts';
import type { Logger } from '../core/runtime/logger.ts';
import type { Metrics } from '../core/runtime/metrics.ts';
import type { STORER_METRICS } from './storer-metrics.ts';
import type { StorerObserver } from './storer-observer.ts';

/** Counts and logs what happens: nothing is skipped, retried or refused in silence (I8). */
export function meteredObserver(metrics: Metrics<typeof STORER_METRICS>, logger: Logger): StorerObserver {
  return {
    stored({ topic, partition }, { key, sizeBytes, metadata }, outcome) {
      metrics.increment('bss_bucket_upload_requests_total', { status: 'OK' });
      metrics.increment('bss_segments_stored_total', { topic, outcome });
      if (outcome === 'exists') {
        logger.warn('another owner stored this segment first', { key, end: metadata.end });
        return;
      }
      metrics.increment('bss_bucket_messages_written_total', {}, metadata.recordCount);
      metrics.increment('bss_segment_bytes_total', { topic, kind: 'lines' }, metadata.linesBytes);
      metrics.increment('bss_segment_bytes_total', { topic, kind: 'object' }, sizeBytes);
      for (const reason of GAP_REASONS) {
        const count = metadata.gapCounts[reason] ?? 0;
        if (count > 0) metrics.increment('bss_offsets_without_record_total', { topic, reason }, count);
      }
      const { start, end, recordCount } = metadata;
      logger.debug('segment stored', { key, partition, start, end, recordCount, sizeBytes });
    },
    adopted({ topic }, { key, metadata }) {
      metrics.increment('bss_segments_adopted_total', { topic });
      logger.info('segment found in the bucket', { key, end: metadata.end });
    },
    skipped(at, { range, reason }) {
      const count = Number(range.end - range.start);
      metrics.increment('bss_offsets_without_record_total', { topic: at.topic, reason }, count);
      logger.warn('offsets skipped', { partition: partitionName(at), reason, start: range.start, end: range.end });
    },
    committed(items) {
      metrics.increment('bss_commits_total', { status: 'OK' });
      for (const { at, end, segment } of items) {
        const fields = { partition: partitionName(at), offset: end, records: segment?.metadata.recordCount ?? 0 };
        logger.info('committed', { ...fields, ...(segment && { segment: segment.key }) });
      }
    },
    commitRetried(error, attempt, delayMs) {
      metrics.increment('bss_commits_total', { status: 'retried' });
      logger.warn('commit failed, trying again', { error, attempt, delayMs });
    },
    commitRefused(at, error) {
      metrics.increment('bss_commits_total', { status: 'refused' });
      logger.warn('commit refused', { partition: partitionName(at), error });
    },
    stepFailed(at, error, delayMs) {
      const code: AppError['code'] | 'BUG' = isAppError(error) ? error.code : 'BUG';
      metrics.increment('bss_step_failures_total', { code });
      if (code.startsWith('BUCKET_')) metrics.increment('bss_bucket_upload_requests_total', { status: 'KO' });
      const fields = { partition: partitionName(at), error };
      if (delayMs === undefined) logger.error('partition stopped: it needs a person', fields);
      else logger.warn('archiving failed, trying again', { ...fields, delayMs: Math.round(delayMs) });
    },
    pollFailed(partitions, error, delayMs) {
      metrics.increment('bss_step_failures_total', { code: isAppError(error) ? error.code : 'BUG' });
      logger.warn('the ends of the logs cannot be read, trying again', { partitions, error, delayMs });
    },
  };
}
