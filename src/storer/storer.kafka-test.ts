import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPut } from '../../test/harness/gated-bucket.ts';
import { produceTexts, testClient, testTopic } from '../../test/harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../../test/harness/shared-services.ts';
import { memoryBucket } from '../core/bucket/memory-bucket.ts';
import type { StorerConfig } from '../core/config/storer-options.ts';
import { systemClock } from '../core/runtime/clock.ts';
import { silentLogger } from '../core/runtime/logger.ts';
import { Metrics } from '../core/runtime/metrics.ts';
import { SegmentThreads } from '../core/segment/segment-threads.ts';
import { until } from '../demo/services/until.ts';
import { meteredObserver } from './metered-observer.ts';
import { Storer } from './storer.ts';
import { STORER_METRICS } from './storer-metrics.ts';

test('what waits in Kafka is counted while the store does not answer', async (t) => {
  const { bootstrap } = await testKafka();
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 1);
  const producer = await client.transactionalProducer({ transactionalId: topic, transactionTimeoutMs: 30_000 });
  t.after(() => producer.close());
  const produce = async (texts: readonly string[]): Promise<void> => {
    producer.begin();
    await produceTexts(producer, { topic, partition: 0 }, texts);
    await producer.commit();
  };
  const answered = Promise.withResolvers<void>();
  const inner = memoryBucket(uniqueName('storer'));
  let puts = 0;
  const slow = withPut(inner, async (key, body, options) => {
    if (key.includes('.jsonl')) {
      puts++;
      await answered.promise;
    }
    return await inner.put(key, body, options);
  });
  const threads = new SegmentThreads({ count: 1 });
  t.after(() => threads.close());
  const storer = new Storer({
    config: config(topic),
    kafka: client,
    bucket: slow,
    threads,
    clock: systemClock,
    logger: silentLogger,
    observer: meteredObserver(new Metrics(STORER_METRICS, { processMetrics: false }), silentLogger),
    processId: uniqueName('storer'),
  });
  const running = storer.run();
  await produce(['a', 'b', 'c']);
  await until(() => puts > 0, { deadlineMs: 30_000, what: 'a segment to be put' });
  await produce(['d', 'e']);
  // Two more records and the marker of their transaction.
  await until(() => [...storer.partitions][0]?.progress.backlog === 7n, { deadlineMs: 10_000, what: 'the backlog' });
  answered.resolve();
  await storer.stop();
  await running;
  assert.equal(storer.ownedCount, 0);
});

function config(topic: string): StorerConfig {
  return {
    kafka: { clientId: 'storer-test' },
    storer: {
      groupId: uniqueName('storers'),
      topics: [{ topic, folder: topic, postIngestion: [] }],
      enablePostIngestion: false,
      startPosition: 'earliest',
      isolation: 'read_committed',
      compression: 'zstd',
      compressionLevel: 1,
      rotation: { segmentSizeBytes: 1_000_000, ageMaxMs: 100, pollIntervalMs: 50 },
      segmentsInFlight: 1,
      drainTimeoutMs: 20_000,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      transactionTimeoutMs: 10_000,
    },
  } as unknown as StorerConfig;
}
