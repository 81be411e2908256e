import { must } from '../core/assert.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import type { KafkaClient } from '../core/kafka/kafka-client.ts';
import type { Clock } from '../core/runtime/clock.ts';
import type { JobRecord, TaskRecord } from './job/job-record.ts';
import type { JobCommand } from './job/job-state.ts';
import type { JobSummary, JobView } from './job/job-view.ts';
import { makePlan } from './plan/make-plan.ts';
import type { ReloadPlan } from './plan/reload-plan.ts';
import { checkReloadBody, parseReloadRequest } from './request/reload-request.ts';
import { type CreatedJob, type JobStore, requireJob } from './state/job-store.ts';
import type { StateLog } from './state/state-log.ts';

/** What a desk needs. */
export interface JobDeskOptions {
  readonly kafka: KafkaClient;
  readonly bucket: Bucket;
  readonly view: JobView;
  readonly log: StateLog;
  readonly store: JobStore;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** How a job came about, where it matters. */
export interface JobOrigin {
  readonly idempotencyKey?: string | undefined;
  /** A reload of a single file, which the mirrored system's stop route leaves alone. */
  readonly singleFile?: boolean | undefined;
}

/** Where jobs are planned, created, commanded and asked after: what the API offers, without HTTP. */
export class JobDesk {
  readonly #options: JobDeskOptions;

  constructor(options: JobDeskOptions) {
    this.#options = options;
  }

  get bucket(): Bucket {
    return this.#options.bucket;
  }

  get view(): JobView {
    return this.#options.view;
  }

  /** Finds out what a request would do. @throws RELOAD_REQUEST_INVALID, ARCHIVE_FOLDER_MISSING, BUCKET_*, KAFKA_*. */
  plan(body: unknown): Promise<ReloadPlan> {
    const { bucket, kafka, clock } = this.#options;
    return makePlan(bucket, kafka, parseReloadRequest(body), clock.nowMs());
  }

  /**
   * Plans a request and records it as a job, which reloaders then run.
   * @throws what `plan` throws, and the first of the plan's refusals.
   */
  async create(body: unknown, origin: JobOrigin = {}): Promise<CreatedJob> {
    checkReloadBody(body);
    const { view, log, store, clock } = this.#options;
    const { idempotencyKey, singleFile } = origin;
    if (idempotencyKey !== undefined) {
      // What exists need not be planned again: by now the target may hold the records.
      await log.refresh();
      const same = view.findByIdempotencyKey(idempotencyKey);
      if (same !== undefined && JSON.stringify(same.request) === JSON.stringify(body)) {
        return { jobId: same.jobId, created: false };
      }
    }
    const plan = await this.plan(body);
    const [refusal] = plan.refusals;
    if (refusal !== undefined) throw refusal;
    const nowMs = clock.nowMs();
    const job: JobRecord = {
      v: 1,
      jobId: this.#newId(nowMs),
      createdAtMs: nowMs,
      request: body,
      totals: plan.totals,
      notes: [...plan.notes],
      wish: 'run',
      wishedAtMs: nowMs,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(singleFile === true && { singleFile }),
    };
    return store.create(
      job,
      plan.tasks.map((_, task) => taskRecord(job, plan, task)),
    );
  }

  /** Pauses, resumes or stops. @throws RELOAD_JOB_MISSING, RELOAD_JOB_STATE. */
  command(jobId: string, command: JobCommand): Promise<JobSummary> {
    return this.#options.store.command(jobId, command);
  }

  /** @throws RELOAD_JOB_MISSING */
  async job(jobId: string): Promise<JobSummary> {
    // Another replica may have created it a moment ago.
    if (this.#options.view.summary(jobId) === undefined) await this.#options.log.refresh();
    return requireJob(this.#options.view, jobId);
  }

  /** 24 hexadecimal digits, the first eight of them seconds since 1970: as the mirrored system's request ids. */
  #newId(nowMs: number): string {
    const seconds = Math.floor(nowMs / 1000)
      .toString(16)
      .padStart(8, '0');
    return seconds + Buffer.from(this.#options.randomBytes(8)).toString('hex');
  }
}

function taskRecord(job: JobRecord, plan: ReloadPlan, task: number): TaskRecord {
  const { partition, ranges, records, linesBytes } = must(plan.tasks[task], 'a task of the plan');
  const [first] = ranges;
  return {
    v: 1,
    jobId: job.jobId,
    task,
    targetTopic: plan.targetTopic,
    ...(plan.targetTopicId !== undefined && { targetTopicId: plan.targetTopicId }),
    partition,
    state: 'planned',
    ranges: [...ranges],
    checkpoint: { range: 0, offset: first?.start ?? '0' },
    total: { records, linesBytes },
    done: { records: 0, batchBytes: 0, segments: 0, transactions: 0, retries: 0 },
    updatedAtMs: job.createdAtMs,
  };
}
