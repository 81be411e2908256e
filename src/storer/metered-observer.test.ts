import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../core/errors.ts';
import { silentLogger } from '../core/runtime/logger.ts';
import { Metrics } from '../core/runtime/metrics.ts';
import type { SegmentMetadata } from '../core/segment/segment-metadata.ts';
import { meteredObserver } from './metered-observer.ts';
import { STORER_METRICS } from './storer-metrics.ts';

const at = { topic: 'orders', partition: 1 };
const metadata = { end: 20n, start: 0n, recordCount: 15, linesBytes: 900, gapCounts: { aborted: 3, control: 2 } };
const segment = { key: 'k', sizeBytes: 300, metadata: metadata as unknown as SegmentMetadata };

test('I8: what is stored, skipped, retried and refused is counted', async () => {
  const metrics = new Metrics(STORER_METRICS, { processMetrics: false });
  const observer = meteredObserver(metrics, silentLogger);
  observer.stored(at, segment, 'stored');
  observer.stored(at, segment, 'exists');
  observer.adopted(at, segment);
  observer.skipped(at, { range: { start: 20n, end: 27n }, reason: 'expired' });
  observer.commitRetried(new AppError('KAFKA_UNAVAILABLE', 'no broker'), 1, 10);
  observer.commitRefused(at, new AppError('KAFKA_FENCED', 'stale'));
  observer.stepFailed(at, new AppError('BUCKET_UNAVAILABLE', 'no store'), 100);
  observer.stepFailed(at, new Error('a bug'), undefined);
  observer.pollFailed(800, new AppError('KAFKA_UNAVAILABLE', 'no broker'), 500);
  const text = await metrics.text();
  for (const line of [
    'bss_bucket_upload_requests_total{status="OK"} 2',
    'bss_bucket_upload_requests_total{status="KO"} 1',
    'bss_bucket_messages_written_total 15',
    'bss_segments_stored_total{topic="orders",outcome="stored"} 1',
    'bss_segments_stored_total{topic="orders",outcome="exists"} 1',
    'bss_segments_adopted_total{topic="orders"} 1',
    'bss_segment_bytes_total{topic="orders",kind="lines"} 900',
    'bss_segment_bytes_total{topic="orders",kind="object"} 300',
    'bss_offsets_without_record_total{topic="orders",reason="aborted"} 3',
    'bss_offsets_without_record_total{topic="orders",reason="expired"} 7',
    'bss_commits_total{status="retried"} 1',
    'bss_commits_total{status="refused"} 1',
    'bss_step_failures_total{code="BUCKET_UNAVAILABLE"} 1',
    'bss_step_failures_total{code="BUG"} 1',
    'bss_step_failures_total{code="KAFKA_UNAVAILABLE"} 1',
  ]) {
    assert.ok(text.includes(`${line}\n`), `${line} in:\n${text}`);
  }
});
