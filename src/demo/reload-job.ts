import type { Static } from 'typebox';

import { AppError } from '../core/errors.ts';
import type { ErrorAnswer, JobAnswer } from '../reloader/http/api-schemas.ts';
import type { ReloadRequestBody } from '../reloader/request/request-schema.ts';

/** A job as the Reloader's API shows it. */
export type ReloadJob = Static<typeof JobAnswer>;

/** The Reloader's REST API (docs/api.md), as far as the demo and the benchmark use it. */
export class ReloaderApi {
  readonly url: string;

  constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Creates a job, which then runs. */
  createJob(request: ReloadRequestBody): Promise<ReloadJob> {
    const headers = { 'content-type': 'application/json' };
    return this.#call('/v1/jobs', { method: 'POST', headers, body: JSON.stringify(request) });
  }

  /**
   * The job as it is now.
   * @throws SETUP_FAILED with the job's own error when it has failed or was stopped.
   */
  async job(jobId: string): Promise<ReloadJob> {
    const job = await this.#call(`/v1/jobs/${jobId}`, {});
    if (job.state !== 'failed' && job.state !== 'stopped') return job;
    const reason = job.error === undefined ? job.state : `${job.error.code}: ${job.error.message}`;
    throw new AppError('SETUP_FAILED', `the reload job ${jobId} did not succeed: ${reason}`, { subject: jobId });
  }

  async #call(path: string, request: RequestInit): Promise<ReloadJob> {
    const response = await fetch(`${this.url}${path}`, request);
    if (response.ok) return (await response.json()) as ReloadJob;
    const { code, message, hint } = (await response.json()) as Static<typeof ErrorAnswer>;
    throw new AppError('SETUP_FAILED', `the reloader answered ${response.status}: ${message} (${code})`, {
      subject: path,
      hint,
    });
  }
}
