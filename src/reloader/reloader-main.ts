import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { openBucket } from '../core/bucket/open-bucket.ts';
import { bucketOptions } from '../core/config/bucket-options.ts';
import { kafkaConnection } from '../core/config/kafka-options.ts';
import type { ReloaderConfig } from '../core/config/reloader-options.ts';
import { connectKafka } from '../core/kafka/connect-kafka.ts';
import { systemClock } from '../core/runtime/clock.ts';
import { runService } from '../core/runtime/lifecycle.ts';
import type { Logger } from '../core/runtime/logger.ts';
import { Metrics } from '../core/runtime/metrics.ts';
import { SegmentThreads } from '../core/segment/segment-threads.ts';
import { startApiServer } from './http/api-server.ts';
import { collectReloaderGauges, meteredBucketCall, meteredProgress } from './metered-reloader.ts';
import { Reloader } from './reloader.ts';
import { RELOADER_METRICS } from './reloader-metrics.ts';

/** Runs a reloader until it is told to stop. Gives the exit code. */
export async function runReloader(config: ReloaderConfig, logger: Logger, version: string): Promise<number> {
  await using resources = new AsyncDisposableStack();
  const clock = systemClock;
  const metrics = new Metrics(RELOADER_METRICS);
  const bucket = await openBucket(config.bucket.url, {
    ...bucketOptions(config.bucket),
    onCall: (finished) => meteredBucketCall(metrics, finished),
  });
  const kafka = resources.adopt(await connectKafka(kafkaConnection(config.kafka)), (client) => client.close());
  const threads = resources.adopt(new SegmentThreads({ count: config.reloader.workers }), (pool) => pool.close());
  const reloader = new Reloader({
    config,
    kafka,
    bucket,
    threads,
    clock,
    logger,
    randomBytes,
    progress: meteredProgress(metrics),
    random: Math.random,
    owner: config.reloader.instanceId ?? `${hostname()}:${process.pid}`,
  });
  collectReloaderGauges(metrics, reloader);
  const server = await startApiServer({
    ...config.http,
    desk: reloader.desk,
    clock,
    logger,
    apiToken: config.reloader.apiToken,
    sources: {
      name: 'bss-reloader',
      version,
      metrics,
      live: () => ({
        status: 'OK',
        reasons: [],
      }),
      ready: () => reloader.readiness,
    },
    onAnswer: (status) => metrics.increment('bss_reload_api_requests_total', { status }),
  });
  resources.adopt(server, (http) => http.close());
  logger.info('reloader started', { url: server.url, bucket: bucket.url });
  return await runService(reloader, {
    signals: process,
    clock,
    stopTimeoutMs: config.reloader.drainTimeoutMs,
    onSignal: (signal) => logger.info('stopping', { signal }),
    onError: (error) => logger.error('reloader failed', { error }),
  });
}
