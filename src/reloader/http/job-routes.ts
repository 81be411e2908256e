import { Type } from 'typebox';
import { InvalidRequestError, problemFinder, throwProblems } from '../request/schema-problems.ts';
import { ReloadRequestBody } from '../request/request-schema.ts';
import type { JobCommand } from '../job/job-state.ts';
import { parseReloadRequest } from '../request/reload-request.ts';
import { type ApiCall, type ApiParameter, type ApiRoute, pathParameter } from './api-route.ts';
import { ErrorAnswer, JobAnswer, JobDetailAnswer, JobPageAnswer, PlanAnswer } from './api-schemas.ts';
import { jobEvents } from './job-events.ts';
import { jobDetailJson, jobJson, planJson } from './job-json.ts';

const PAGE_DEFAULT = 50;
const PAGE_MAX = 500;
const KEY_MAX = 200;

const JOB_ID: ApiParameter = {
  name: 'jobId',
  in: 'path',
  description: 'The job, as its creation answered.',
  schema: Type.String(),
};

const PageQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.String({ pattern: '^([1-9]\\d?|[1-4]\\d\\d|500)$', expects: `a whole number from 1 to ${PAGE_MAX}` }),
    ),
    after: Type.Optional(Type.String({ minLength: 1, maxLength: 64, expects: 'what the page before gave as "next"' })),
  },
  { additionalProperties: false },
);
const findPageProblems = problemFinder(PageQuery);

const NO_JOB = { description: 'There is no such job.', schema: ErrorAnswer };
const WRONG_STATE = { description: 'The state of the job does not allow it.', schema: ErrorAnswer };

/** Creating, watching and commanding jobs. */
export const JOB_ROUTES: readonly ApiRoute[] = [
  {
    method: 'POST',
    path: '/v1/jobs',
    operationId: 'createJob',
    tag: 'Jobs',
    summary: 'Plan a reload, and start it unless it is a dry run',
    description:
      'Plans first: what is selected, and whether the target can take it. With `dryRun: true` the plan is the answer and nothing is written. Otherwise the job is recorded, and runs until it has succeeded, whatever happens to the reloader that took the request.',
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        description: 'Any text. The same request with the same key gives the first job again instead of another one.',
        schema: Type.String({ minLength: 1, maxLength: KEY_MAX }),
      },
    ],
    body: ReloadRequestBody,
    answers: {
      200: { description: 'The plan of a dry run, or the job that the key was used for before.', schema: PlanAnswer },
      202: { description: 'The job; `Location` says where to ask after it.', schema: JobAnswer },
      400: { description: 'The request has a wrong field.', schema: ErrorAnswer },
      404: { description: 'Nothing of that name is archived.', schema: ErrorAnswer },
      409: {
        description: 'The archive or the target does not allow it; the hint says what to change.',
        schema: ErrorAnswer,
      },
    },
    handle: async (desk, call) => {
      const { dryRun } = parseReloadRequest(call.body);
      const idempotencyKey = keyOf(call);
      if (dryRun) return { status: 200, body: planJson(await desk.plan(call.body)) };
      const { jobId, created } = await desk.create(call.body, { idempotencyKey });
      const headers = { location: `/v1/jobs/${jobId}` };
      return { status: created ? 202 : 200, headers, body: jobJson(await desk.job(jobId)) };
    },
  },
  {
    method: 'GET',
    path: '/v1/jobs',
    operationId: 'listJobs',
    tag: 'Jobs',
    summary: 'List jobs, newest first',
    parameters: [
      {
        name: 'limit',
        in: 'query',
        description: 'Jobs on a page.',
        schema: Type.Integer({ minimum: 1, maximum: PAGE_MAX, default: PAGE_DEFAULT }),
      },
      { name: 'after', in: 'query', description: 'What the page before gave as `next`.', schema: Type.String() },
    ],
    answers: {
      200: { description: 'A page of jobs.', schema: JobPageAnswer },
      400: { description: 'A parameter is wrong.', schema: ErrorAnswer },
    },
    handle: (desk, call) => {
      throwProblems(findPageProblems(call.query));
      const { limit, after } = call.query;
      const size = limit === undefined ? PAGE_DEFAULT : Number(limit);
      const all = desk.view.summaries();
      const index = after === undefined ? -1 : all.findIndex(({ job }) => job.jobId === after);
      if (after !== undefined && index === -1)
        throw new InvalidRequestError([{ field: 'after', problem: 'is not a job' }]);
      const page = all.slice(index + 1, index + 1 + size);
      const next = index + 1 + size < all.length ? page.at(-1)?.job.jobId : undefined;
      return Promise.resolve({ status: 200, body: { jobs: page.map(jobJson), ...(next !== undefined && { next }) } });
    },
  },
  {
    method: 'GET',
    path: '/v1/jobs/{jobId}',
    operationId: 'getJob',
    tag: 'Jobs',
    summary: 'Ask after a job and its tasks',
    parameters: [JOB_ID],
    answers: { 200: { description: 'The job.', schema: JobDetailAnswer }, 404: NO_JOB },
    handle: async (desk, call) => {
      const summary = await desk.job(pathParameter(call, 'jobId'));
      return { status: 200, body: jobDetailJson(summary, desk.view.tasks(summary.job.jobId)) };
    },
  },
  {
    method: 'GET',
    path: '/v1/jobs/{jobId}/events',
    operationId: 'watchJob',
    tag: 'Jobs',
    summary: 'Watch a job (server-sent events)',
    description: 'Events `progress` and, once it is finished, `end`; the data of each is the job as in lists.',
    parameters: [JOB_ID],
    answers: { 200: { description: 'The stream.', schema: Type.String(), media: 'text/event-stream' }, 404: NO_JOB },
    handle: async (desk, call) => {
      const { job } = await desk.job(pathParameter(call, 'jobId'));
      return { status: 200, events: jobEvents(desk, job.jobId, call.gone) };
    },
  },
  commandRoute('pause', 'Pause a job at its next checkpoint'),
  commandRoute('resume', 'Resume a paused job from its checkpoints'),
  commandRoute('stop', 'Stop a job for good, after its next checkpoint'),
];

function commandRoute(command: JobCommand, summary: string): ApiRoute {
  return {
    method: 'POST',
    path: `/v1/jobs/{jobId}/${command}`,
    operationId: `${command}Job`,
    tag: 'Jobs',
    summary,
    description: 'Answers when the wish is recorded; the tasks follow within a fraction of a second. May be repeated.',
    parameters: [JOB_ID],
    answers: { 202: { description: 'The job.', schema: JobAnswer }, 404: NO_JOB, 409: WRONG_STATE },
    handle: async (desk, call) => {
      const { job } = await desk.job(pathParameter(call, 'jobId'));
      return { status: 202, body: jobJson(await desk.command(job.jobId, command)) };
    },
  };
}

function keyOf(call: ApiCall): string | undefined {
  const key = call.header('idempotency-key');
  if (key === undefined) return undefined;
  if (key.length >= 1 && key.length <= KEY_MAX) return key;
  throw new InvalidRequestError([{ field: 'Idempotency-Key', problem: `must be 1 to ${KEY_MAX} characters` }]);
}
