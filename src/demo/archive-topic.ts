import type { KafkaClient } from '../core/kafka/kafka-client.ts';
import { partitionName } from '../core/record/topic-partition.ts';
import { answersReady, type BssService, startBss } from './bss-service.ts';
import type { StepProgress } from './demo-screen.ts';
import type { DemoSite } from './demo-site.ts';
import { freePorts } from './services/free-ports.ts';
import { until } from './services/until.ts';

/** What to archive. */
export interface ArchiveTopicOptions {
  readonly kafka: KafkaClient;
  readonly bootstrap: string;
  readonly site: DemoSite;
  readonly topic: string;
  readonly partitionCount: number;
  /** In it. */
  readonly records: number;
  /** Stored segments are announced there; it exists. */
  readonly eventsTopic: string;
  readonly progress: StepProgress;
}

/** What a Storer did. */
export interface Archived {
  /** It still runs. */
  readonly storer: BssService;
  /** From the request to archive what waits until all of it was committed. */
  readonly workMs: number;
}

const GROUP = 'demo-archive';
const ARCHIVE_TIMEOUT_MS = 30 * 60_000;

/** Starts a Storer and has it archive what is in the topic now; a Storer would else wait for larger segments. */
export async function archiveTopic(options: ArchiveTopicOptions, resources: AsyncDisposableStack): Promise<Archived> {
  const { kafka, bootstrap, site, topic, partitionCount, records, eventsTopic, progress } = options;
  const [port = 0] = await freePorts(1);
  const config = {
    kafka: { brokers: [bootstrap] },
    bucket: site.bucketConfig,
    storer: {
      groupId: GROUP,
      topics: [{ topic, folder: site.archiveFolder }],
      eventsTopic,
    },
    http: { host: '127.0.0.1', port },
  };
  const storer = await startBss({ command: 'storer', config, folder: site.folder, isReady: () => answersReady(port) });
  resources.defer(() => storer.stop(0));
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition }));
  const ends = await kafka.listOffsets(partitions, 'stable');
  const total = sum(ends.values());
  const startMs = performance.now();
  const flushed = fetch(`http://127.0.0.1:${port}/v1/flush`, { method: 'POST' });
  // The commits tell; an answer that is lost because the storer ended is told by its end.
  flushed.catch(() => undefined);
  await until(
    async () => {
      storer.expectRunning();
      const committed = await kafka.committedOffsets(GROUP, partitions);
      const done = sum([...committed.values()].map(({ offset }) => offset));
      // Transaction markers have offsets too: of the records, the same share is done.
      progress(Math.round((records * done) / total), records, 'records');
      return partitions.every(
        (at) => (committed.get(partitionName(at))?.offset ?? 0n) >= (ends.get(partitionName(at)) ?? 0n),
      );
    },
    { deadlineMs: ARCHIVE_TIMEOUT_MS, what: `the storer to archive ${topic}` },
  );
  return { storer, workMs: performance.now() - startMs };
}

function sum(offsets: Iterable<bigint>): number {
  let total = 0n;
  for (const offset of offsets) total += offset;
  return Number(total);
}
