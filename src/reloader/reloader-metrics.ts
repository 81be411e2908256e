import type { MetricTable } from '../core/runtime/metrics.ts';

/** Every metric of the Reloader; docs/metrics.md is generated from this. The first is the mirrored system's. */
export const RELOADER_METRICS = {
  fd_hd_bucket_download_request_total: {
    type: 'counter',
    help: 'Reads of objects, by outcome: OK or KO. Repetitions count as one.',
    labels: ['status'],
  },
  bss_bucket_retries_total: {
    type: 'counter',
    help: 'Repetitions of requests to the bucket that failed in passing, by operation and stable error code.',
    labels: ['operation', 'code'],
  },
  bss_reloaded_records_total: {
    type: 'counter',
    help: 'Records written to target topics in committed transactions.',
    labels: [],
  },
  bss_reloaded_batch_bytes_total: {
    type: 'counter',
    help: 'Bytes of the record batches that they were written in.',
    labels: [],
  },
  bss_reload_commits_total: {
    type: 'counter',
    help: 'Committed transactions, each with a checkpoint.',
    labels: [],
  },
  bss_reload_retries_total: {
    type: 'counter',
    help: 'Tasks that went back to their checkpoint after a passing error, by stable error code.',
    labels: ['code'],
  },
  bss_reload_tasks_finished_total: {
    type: 'counter',
    help: 'Tasks that ended on this replica: succeeded, stopped or failed.',
    labels: ['state'],
  },
  bss_reload_tasks_running: { type: 'gauge', help: 'Tasks that this replica is running.', labels: [] },
  bss_reload_jobs: { type: 'gauge', help: 'Jobs that are remembered, by state.', labels: ['state'] },
  bss_reload_partitions_owned: {
    type: 'gauge',
    help: 'Partitions of the tasks topic that the group gave to this replica.',
    labels: [],
  },
  bss_reload_api_requests_total: {
    type: 'counter',
    help: 'Answered requests of the API, by status code.',
    labels: ['status'],
  },
} as const satisfies MetricTable;
