import type { BucketCall } from '../core/bucket/metered-bucket.ts';
import type { Metrics } from '../core/runtime/metrics.ts';
import { JOB_STATES } from './job/job-state.ts';
import type { Reloader } from './reloader.ts';
import type { RELOADER_METRICS } from './reloader-metrics.ts';
import type { TaskProgress } from './task/task-context.ts';

type ReloaderMetrics = Metrics<typeof RELOADER_METRICS>;

/** Counts what tasks do. */
export function meteredProgress(metrics: ReloaderMetrics): TaskProgress {
  return {
    committed(records, batchBytes) {
      metrics.increment('bss_reload_commits_total', {});
      metrics.increment('bss_reloaded_records_total', {}, records);
      metrics.increment('bss_reloaded_batch_bytes_total', {}, batchBytes);
    },
    retried: (code) => metrics.increment('bss_reload_retries_total', { code }),
    finished: (state) => metrics.increment('bss_reload_tasks_finished_total', { state }),
  };
}

/** Counts a finished call of the bucket, if it was a download. */
export function meteredBucketCall(metrics: ReloaderMetrics, { operation, outcome }: BucketCall): void {
  if (operation === 'get') metrics.increment('fd_hd_bucket_download_request_total', { status: outcome });
}

/** Has the gauges worked out from the reloader whenever they are asked for. */
export function collectReloaderGauges(metrics: ReloaderMetrics, reloader: Reloader): void {
  metrics.collect('bss_reload_tasks_running', () => [{ labels: {}, value: reloader.runningTaskCount }]);
  metrics.collect('bss_reload_partitions_owned', () => [{ labels: {}, value: reloader.partitionCount }]);
  metrics.collect('bss_reload_jobs', () => {
    const summaries = reloader.view?.summaries() ?? [];
    return JOB_STATES.map((state) => ({
      labels: { state },
      value: summaries.filter((summary) => summary.state === state).length,
    }));
  });
}
