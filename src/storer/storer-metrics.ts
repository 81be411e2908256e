import type { MetricTable } from '../core/runtime/metrics.ts';

/** Every metric of the Storer; docs/metrics.md is generated from this. The first two are the mirrored system's. */
export const STORER_METRICS = {
  bss_bucket_upload_requests_total: {
    type: 'counter',
    help: 'Puts of segments, by outcome: OK (stored, or there already) or KO.',
    labels: ['status'],
  },
  bss_bucket_messages_written_total: {
    type: 'counter',
    help: 'Records stored in the bucket.',
    labels: [],
  },
  bss_bucket_retries_total: {
    type: 'counter',
    help: 'Repetitions of requests to the bucket that failed in passing, by operation and stable error code.',
    labels: ['operation', 'code'],
  },
  bss_segments_stored_total: {
    type: 'counter',
    help: 'Segments, by outcome: stored (created), mine (created, the answer was lost), exists (another owner was first).',
    labels: ['topic', 'outcome'],
  },
  bss_segment_bytes_total: {
    type: 'counter',
    help: 'Bytes of stored segments: lines (before compression) and object (as stored).',
    labels: ['topic', 'kind'],
  },
  bss_segments_adopted_total: {
    type: 'counter',
    help: 'Segments that were in the bucket already and were announced instead of written again.',
    labels: ['topic'],
  },
  bss_offsets_without_record_total: {
    type: 'counter',
    help: 'Offsets that hold no record of the archive, by reason: control, aborted, compacted, expired, skipped.',
    labels: ['topic', 'reason'],
  },
  bss_commits_total: {
    type: 'counter',
    help: 'Transactions that announce segments and commit offsets: OK, retried, refused (the partition was lost).',
    labels: ['status'],
  },
  bss_step_failures_total: {
    type: 'counter',
    help: 'Failed attempts to archive, by stable error code.',
    labels: ['code'],
  },
  bss_backlog_offsets: {
    type: 'gauge',
    help: 'Offsets that wait in Kafka to be archived.',
    labels: ['topic', 'partition'],
  },
  bss_backlog_age_seconds: {
    type: 'gauge',
    help: 'How long the oldest unarchived record has been waiting (the recovery point, if Kafka were lost now).',
    labels: ['topic', 'partition'],
  },
  bss_retention_left_seconds: {
    type: 'gauge',
    help: 'Time until the oldest unarchived record may expire in Kafka; absent where nothing waits or nothing expires.',
    labels: ['topic', 'partition'],
  },
  bss_stable_offset_stalled_seconds: {
    type: 'gauge',
    help: 'Since when an open transaction has been holding a partition back; absent where none does.',
    labels: ['topic', 'partition'],
  },
  bss_partitions_owned: { type: 'gauge', help: 'Partitions that the group gave to this replica.', labels: [] },
  bss_partitions_stopped: {
    type: 'gauge',
    help: 'Partitions that wait for a person, by stable error code.',
    labels: ['code'],
  },
  bss_segments_in_flight: { type: 'gauge', help: 'Segments in the making.', labels: [] },
} as const satisfies MetricTable;
