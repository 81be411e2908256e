import { reportRetries } from '../core/bucket/report-retries.ts';
import type { ReloaderConfig } from '../core/config/reloader-options.ts';
import { systemClock } from '../core/runtime/clock.ts';
import { runService } from '../core/runtime/lifecycle.ts';
import type { Logger } from '../core/runtime/logger.ts';
import { Metrics } from '../core/runtime/metrics.ts';
import { startApiServer } from './http/api-server.ts';
import { collectReloaderGauges, meteredBucketCall, meteredProgress } from './metered-reloader.ts';
import { openReloader } from './open-reloader.ts';
import { RELOADER_METRICS } from './reloader-metrics.ts';

/** Runs a reloader until it is told to stop. Gives the exit code. */
export async function runReloader(config: ReloaderConfig, logger: Logger, version: string): Promise<number> {
  await using resources = new AsyncDisposableStack();
  const clock = systemClock;
  const metrics = new Metrics(RELOADER_METRICS);
  const { reloader, bucket } = await openReloader(
    config,
    {
      clock,
      logger,
      progress: meteredProgress(metrics),
      owner: config.reloader.instanceId,
      observe: {
        onCall: (finished) => meteredBucketCall(metrics, finished),
        retry: { onRetry: reportRetries(logger, (labels) => metrics.increment('bss_bucket_retries_total', labels)) },
      },
    },
    resources,
  );
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
