import { pathToFileURL } from 'node:url';

import { answersReady } from '../src/demo/bss-service.ts';
import { ReloaderApi } from '../src/demo/reload-job.ts';
import { freePorts } from '../src/demo/services/free-ports.ts';
import { measureService } from './measured-service.ts';
import type { OurRun } from './paired-runs.ts';
import { bucketFolderOf } from './storer-bench.ts';

export interface ReloaderRunOptions {
  readonly bootstrap: string;
  /** Of a storer's run: its archive is there. */
  readonly folder: string;
  /** The archive's folder is named after it. */
  readonly archivedTopic: string;
  readonly records: number;
  /** Must exist, and is empty. */
  readonly target: string;
}

/** Threads that the comparison allows. */
const WORKERS = 2;

/**
 * Lets `bss reloader` reload the archive through its API. The clock runs from the start of the job's first task, as the
 * job tells it, until the job is seen to have succeeded, which is shortly after the last commit: transactions and
 * checkpoints included.
 */
export async function runReloader(options: ReloaderRunOptions): Promise<OurRun> {
  const { bootstrap, folder, archivedTopic, records, target } = options;
  const [port = 0] = await freePorts(1);
  const config = {
    kafka: { brokers: [bootstrap] },
    bucket: { url: pathToFileURL(bucketFolderOf(folder)).href },
    reloader: {
      groupId: `bench-${target}`,
      jobsTopic: `${target}-jobs`,
      tasksTopic: `${target}-tasks`,
      tasksTopicPartitions: 4,
      workers: WORKERS,
      tasksInFlight: 4,
    },
    http: { host: '127.0.0.1', port },
    log: { level: 'info' },
  };
  const api = new ReloaderApi(port);
  const isReady = (): Promise<boolean> => answersReady(port);
  let jobId: string | undefined;
  return await measureService({ command: 'reloader', config, folder, isReady }, records, async () => {
    jobId ??= (await api.createJob({ folder: archivedTopic, target: { topic: target } })).jobId;
    const { state, startedAt = '' } = await api.job(jobId);
    return state === 'succeeded' ? { startMs: Date.parse(startedAt), endMs: Date.now() } : undefined;
  });
}
