import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { openBucket } from '../core/bucket/open-bucket.ts';
import { bucketOptions } from '../core/config/bucket-options.ts';
import { kafkaConnection } from '../core/config/kafka-options.ts';
import type { StorerConfig } from '../core/config/storer-options.ts';
import { connectKafka } from '../core/kafka/connect-kafka.ts';
import { systemClock } from '../core/runtime/clock.ts';
import { startHealthServer } from '../core/runtime/health-server.ts';
import { runService } from '../core/runtime/lifecycle.ts';
import type { Logger } from '../core/runtime/logger.ts';
import { Metrics } from '../core/runtime/metrics.ts';
import { SegmentThreads } from '../core/segment/segment-threads.ts';
import { meteredObserver } from './metered-observer.ts';
import { Storer } from './storer.ts';
import { collectStorerGauges } from './storer-gauges.ts';
import { STORER_METRICS } from './storer-metrics.ts';

/**
 * The space for new objects stays small in every thread. V8 would let it grow to 50 MB where much garbage is made, and
 * here nearly all is garbage at once: records are in memory of ours.
 */
const SMALL_NEW_SPACE = '--semi-space-growth-factor=1';

/** Runs a storer until it is told to stop. Gives the exit code. */
export async function runStorer(config: StorerConfig, logger: Logger, version: string): Promise<number> {
  setFlagsFromString(SMALL_NEW_SPACE);
  await using resources = new AsyncDisposableStack();
  // First, since they take a moment to start: meanwhile this thread connects.
  const threads = resources.adopt(new SegmentThreads({ count: config.storer.workers }), (pool) => pool.close());
  const clock = systemClock;
  const metrics = new Metrics(STORER_METRICS);
  const bucket = await openBucket(config.bucket.url, bucketOptions(config.bucket));
  const kafka = resources.adopt(await connectKafka(kafkaConnection(config.kafka)), (client) => client.close());
  const observer = meteredObserver(metrics, logger);
  const storer = new Storer({ config, kafka, bucket, threads, clock, logger, observer, processId: randomUUID() });
  collectStorerGauges(metrics, storer, clock);
  const server = await startHealthServer({
    ...config.http,
    sources: {
      name: 'bss-storer',
      version,
      live: () => ({ status: 'OK', reasons: [] }),
      ready: () => storer.readiness,
      metrics,
    },
    actions: { '/v1/flush': () => storer.flush(config.storer.drainTimeoutMs).then((done) => ({ done })) },
  });
  resources.adopt(server, (http) => http.close());
  logger.info('storer started', { port: server.port, bucket: bucket.url, topics: config.storer.topics.length });
  return await runService(storer, {
    signals: process,
    clock,
    stopTimeoutMs: config.storer.drainTimeoutMs,
    onSignal: (signal) => logger.info('stopping', { signal }),
    onError: (error) => logger.error('storer failed', { error }),
  });
}
