import { randomUUID } from 'node:crypto';
import { openBucket } from '../core/bucket/open-bucket.ts';
import { reportRetries } from '../core/bucket/report-retries.ts';
import { bucketOptions } from '../core/config/bucket-options.ts';
import { kafkaConnection } from '../core/config/kafka-options.ts';
import type { StorerConfig } from '../core/config/storer-options.ts';
import { connectKafka } from '../core/kafka/connect-kafka.ts';
import { systemClock } from '../core/runtime/clock.ts';
import { startHealthServer } from '../core/runtime/health-server.ts';
import { runService } from '../core/runtime/lifecycle.ts';
import type { Logger } from '../core/runtime/logger.ts';
import { Metrics } from '../core/runtime/metrics.ts';
import type { SegmentThreads } from '../core/segment/segment-threads.ts';
import { meteredObserver } from './metered-observer.ts';
import { Storer } from './storer.ts';
import { collectStorerGauges } from './storer-gauges.ts';
import { STORER_METRICS } from './storer-metrics.ts';

/** Runs a storer until it is told to stop, and then ends its threads. Gives the exit code. */
export async function runStorer(
  config: StorerConfig,
  parts: { readonly threads: SegmentThreads; readonly logger: Logger; readonly version: string },
): Promise<number> {
  const { threads, logger, version } = parts;
  await using resources = new AsyncDisposableStack();
  resources.adopt(threads, (pool) => pool.close());
  const clock = systemClock;
  const metrics = new Metrics(STORER_METRICS);
  const bucket = await openBucket(config.bucket.url, {
    ...bucketOptions(config.bucket),
    retry: { onRetry: reportRetries(logger, (labels) => metrics.increment('bss_bucket_retries_total', labels)) },
  });
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
