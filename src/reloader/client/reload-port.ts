import type { Static } from 'typebox';
import type { JobAnswer, PlanAnswer } from '../http/api-schemas.ts';
import type { JobCommand } from '../job/job-state.ts';
import type { ReloadRequestBody } from '../request/request-schema.ts';

/** A job as the API shows it. */
export type ShownJob = Static<typeof JobAnswer>;

/** A plan as the API shows it. */
export type ShownPlan = Static<typeof PlanAnswer>;

/** Where jobs are run: a reloader behind its API, or one in this process. */
export interface ReloadPort {
  plan(request: ReloadRequestBody): Promise<ShownPlan>;
  create(request: ReloadRequestBody): Promise<ShownJob>;
  job(jobId: string): Promise<ShownJob>;
  command(jobId: string, command: JobCommand): Promise<ShownJob>;
  /** What to do to a job that is no longer watched, in words for people. */
  readonly afterwards: (jobId: string) => string;
  /** What an interruption does to the job: it goes on elsewhere, or is paused since nobody would run it. */
  readonly whenInterrupted: 'leave' | 'pause';
}
