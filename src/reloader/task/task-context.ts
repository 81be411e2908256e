import type { Bucket } from '../../core/bucket/bucket.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Logger } from '../../core/runtime/logger.ts';
import type { SegmentThreadsPort } from '../../core/segment/segment-threads.ts';
import type { TaskState } from '../job/job-state.ts';
import type { JobView } from '../job/job-view.ts';
import type { InternalTopics } from '../state/internal-topics.ts';
import type { StateLog } from '../state/state-log.ts';

/** What running tasks needs: the same for all of a replica. */
export interface TaskContext {
  readonly kafka: KafkaClient;
  readonly bucket: Bucket;
  readonly threads: SegmentThreadsPort;
  readonly view: JobView;
  readonly log: StateLog;
  readonly topics: InternalTopics;
  readonly clock: Clock;
  /** A number in 0..1 (1 excluded). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly progress: TaskProgress;
  readonly limits: TaskLimits;
}

/** Names and bounds. */
export interface TaskLimits {
  /** Replicas with the same group share the tasks. */
  readonly groupId: string;
  /** This replica, for people. */
  readonly owner: string;
  readonly transactionTimeoutMs: number;
  readonly transactionBytesMax: number;
  readonly transactionAgeMaxMs: number;
}

/** Told what was committed, retried and finished, for metrics. */
export interface TaskProgress {
  committed(records: number, batchBytes: number): void;
  retried(code: string): void;
  finished(state: TaskState): void;
}

/** Which task. */
export interface TaskId {
  readonly jobId: string;
  readonly task: number;
}
