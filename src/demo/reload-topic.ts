import { answersReady, startBss } from './bss-service.ts';
import type { StepProgress } from './demo-screen.ts';
import type { DemoSite } from './demo-site.ts';
import { type ReloadJob, ReloaderApi } from './reload-job.ts';
import { freePorts } from './services/free-ports.ts';
import { until } from './services/until.ts';

/** What a Reloader did. */
export interface Reloaded {
  /** Of the Reloader, which still runs. */
  readonly api: ReloaderApi;
  readonly job: ReloadJob;
  /** Of the job, by its own account. */
  readonly workMs: number;
}

const RELOAD_TIMEOUT_MS = 30 * 60_000;

/** Starts a Reloader and has it reload the archive into the topic, through its REST API. */
export async function reloadTopic(
  options: {
    readonly bootstrap: string;
    readonly site: DemoSite;
    readonly topic: string;
    readonly progress: StepProgress;
  },
  resources: AsyncDisposableStack,
): Promise<Reloaded> {
  const { bootstrap, site, topic, progress } = options;
  const [port = 0] = await freePorts(1);
  const config = {
    kafka: { brokers: [bootstrap] },
    bucket: site.bucketConfig,
    http: { host: '127.0.0.1', port },
  };
  const reloader = await startBss({
    command: 'reloader',
    config,
    folder: site.folder,
    isReady: () => answersReady(port),
  });
  resources.defer(() => reloader.stop(0));
  const api = new ReloaderApi(port);
  const { jobId } = await api.createJob({ folder: site.archiveFolder, target: { topic } });
  const job = await until(
    async () => {
      reloader.expectRunning();
      const current = await api.job(jobId);
      progress(current.progress.records, current.progress.recordsTotal, 'records');
      return current.state === 'succeeded' ? current : undefined;
    },
    { deadlineMs: RELOAD_TIMEOUT_MS, what: `the reload job ${jobId} to succeed` },
  );
  const { startedAt = job.createdAt, finishedAt = job.createdAt } = job;
  return { api, job, workMs: Date.parse(finishedAt) - Date.parse(startedAt) };
}
