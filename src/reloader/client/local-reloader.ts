import { reportRetries } from '../../core/bucket/report-retries.ts';
import type { ReloaderConfig } from '../../core/config/reloader-options.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Logger } from '../../core/runtime/logger.ts';
import { jobJson, planJson } from '../http/job-json.ts';
import type { JobDesk } from '../job-desk.ts';
import type { JobSummary } from '../job/job-view.ts';
import { openReloader } from '../open-reloader.ts';
import type { ReloadPort, ShownJob, ShownPlan } from './reload-port.ts';

/** A reloader in this process. */
export interface LocalReloader {
  readonly port: ReloadPort;
  /** Rejects when it cannot go on; does not resolve before it is closed. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a reloader in this process, which shares the jobs with all others of its group: for a reload without a service.
 * @throws BUCKET_*, KAFKA_*, CONFIG_INVALID when it cannot work.
 */
export async function startLocalReloader(config: ReloaderConfig, clock: Clock, logger: Logger): Promise<LocalReloader> {
  await using opened = new AsyncDisposableStack();
  const progress = { committed: () => undefined, retried: () => undefined, finished: () => undefined };
  const observe = { retry: { onRetry: reportRetries(logger, () => undefined) } };
  const { reloader } = await openReloader(config, { clock, logger, progress, observe }, opened);
  const ended = reloader.run();
  ended.catch(() => undefined);
  opened.adopt(reloader, async () => {
    await reloader.stop();
    await ended.catch(() => undefined);
  });
  const port = localPort(await reloader.desk);
  const resources = opened.move();
  return { port, ended, close: () => resources.disposeAsync() };
}

function shown(summary: JobSummary): ShownJob {
  return jobJson(summary) as ShownJob;
}

function localPort(desk: JobDesk): ReloadPort {
  return {
    plan: async (request) => planJson(await desk.plan(request)) as ShownPlan,
    create: async (request) => shown(await desk.job((await desk.create(request)).jobId)),
    job: async (jobId) => shown(await desk.job(jobId)),
    command: async (jobId, command) => shown(await desk.command(jobId, command)),
    afterwards: (jobId) =>
      `Job ${jobId} is paused; what it has written stays.\n  go on:     bss reload --resume ${jobId}\n`,
    whenInterrupted: 'pause',
  };
}
