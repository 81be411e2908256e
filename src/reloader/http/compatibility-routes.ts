import { type Static, Type } from 'typebox';
import { parseSegmentKey, sourcePrefix } from '../../core/archive/archive-layout.ts';
import { readStoredSegment } from '../../core/archive/stored-segment.ts';
import { listFolders } from '../../core/archive/source-registry.ts';
import type { Bucket } from '../../core/bucket/bucket.ts';
import { type AppError, isAppError } from '../../core/errors.ts';
import { isFinal } from '../job/job-state.ts';
import type { JobSummary } from '../job/job-view.ts';
import type { JobDesk } from '../job-desk.ts';
import type { ReloadRequestBody } from '../request/request-schema.ts';
import { InvalidRequestError, problemFinder, throwProblems } from '../request/schema-problems.ts';
import { type ApiAnswer, type ApiRoute, pathParameter } from './api-route.ts';
import { ErrorAnswer } from './api-schemas.ts';
import { requireSources } from './archive-routes.ts';
import { errorAnswer } from './error-answer.ts';

const Name = Type.String({ minLength: 1, maxLength: 900, expects: 'a text that is not empty' });
const Selector = Type.Optional({ ...Name, description: 'Not supported yet: a request that has one is refused.' });
const Moment = Type.Optional({ ...Name, format: 'date-time', expects: 'a date and time with its zone' });
const CLOSED = { additionalProperties: false, expects: 'a JSON object' };

const TopicBody = Type.Object(
  { topic: Name, reIngestionTopic: Name, startDate: Moment, stopDate: Moment, customSelectorName: Selector },
  CLOSED,
);
const FileBody = Type.Object({ fileName: Name, reIngestionTopic: Name, customSelectorName: Selector }, CLOSED);
const StopBody = Type.Object({ topic: Name }, CLOSED);

const Accepted = Type.Object({ requestId: Type.String(), message: Type.String(), code: Type.String() });
const Done = Type.Object({ message: Type.String(), code: Type.String() });
const REFUSED = { description: 'The request cannot be carried out.', schema: ErrorAnswer };

/**
 * The routes of the Fast Data Ingestion Reloader (1.4.2), with its bodies and status codes: jobs like any other. Where
 * that leaves things open: `startDate` is inclusive and `stopDate` exclusive, by record; records keep their partition.
 */
export const COMPATIBILITY_ROUTES: readonly ApiRoute[] = [
  {
    method: 'POST',
    path: '/reingestion/topic',
    operationId: 'reingestTopic',
    tag: 'Compatibility',
    summary: 'Reload a topic',
    body: TopicBody,
    answers: { 202: { description: 'Accepted; the id is a job id.', schema: Accepted }, 400: REFUSED },
    handle: refusing(TopicBody, async (desk, body) => {
      const { startDate, stopDate } = body;
      const time = {
        ...(startDate !== undefined && { from: startDate }),
        ...(stopDate !== undefined && { to: stopDate }),
      };
      const folder = (await isFolder(desk.bucket, body.topic)) ? { folder: body.topic } : { topic: body.topic };
      return start(desk, {
        ...folder,
        ...(Object.keys(time).length > 0 && { time }),
        target: { topic: body.reIngestionTopic },
      });
    }),
  },
  {
    method: 'POST',
    path: '/reingestion/file',
    operationId: 'reingestFile',
    tag: 'Compatibility',
    summary: 'Reload one file',
    body: FileBody,
    answers: { 202: { description: 'Accepted; the id is a job id.', schema: Accepted }, 400: REFUSED },
    handle: refusing(FileBody, async (desk, { fileName, reIngestionTopic }) => {
      const named = parseSegmentKey(fileName);
      const segment = named === undefined ? undefined : await readStoredSegment(desk.bucket, fileName);
      if (named === undefined || segment === undefined) {
        throw new InvalidRequestError([{ field: 'fileName', problem: 'must be the full path of an archived file' }]);
      }
      const { folder, source, partition } = named.location;
      const { start: first, end } = segment.metadata;
      const offsets = { from: first.toString(), to: end.toString() };
      return start(
        desk,
        { folder, source, partitions: [partition], offsets, target: { topic: reIngestionTopic } },
        true,
      );
    }),
  },
  {
    method: 'POST',
    path: '/reingestion/stop-reingestion',
    operationId: 'stopReingestion',
    tag: 'Compatibility',
    summary: 'Stop the reloads of a topic (not those of single files)',
    body: StopBody,
    answers: { 200: { description: 'They will stop.', schema: Done }, 400: REFUSED },
    handle: refusing(StopBody, async (desk, { topic }) => {
      const jobs = desk.view.summaries().filter((summary) => isTopicReload(summary, topic));
      if (jobs.length === 0) {
        throw new InvalidRequestError([{ field: 'topic', problem: `is not being reloaded: ${topic}` }]);
      }
      for (const { job } of jobs) await desk.command(job.jobId, 'stop');
      return { status: 200, body: { message: 'Reingestion stopped', code: 'OK' } };
    }),
  },
  {
    method: 'GET',
    path: '/status/folders',
    operationId: 'statusFolders',
    tag: 'Compatibility',
    summary: 'List the folders of the archive',
    answers: { 200: { description: 'Their names.', schema: Type.Array(Type.String()) } },
    handle: async (desk) => ({ status: 200, body: await Array.fromAsync(listFolders(desk.bucket)) }),
  },
  {
    method: 'GET',
    path: '/status/{folderName}/count',
    operationId: 'statusCount',
    tag: 'Compatibility',
    summary: 'Count the files of a folder',
    parameters: [{ name: 'folderName', in: 'path', description: 'Name of the folder.', schema: Type.String() }],
    answers: {
      200: { description: 'The number of files.', schema: Type.Integer() },
      404: { description: 'There is no such folder.', schema: ErrorAnswer },
    },
    handle: async (desk, call) => ({
      status: 200,
      body: await countSegments(desk.bucket, pathParameter(call, 'folderName')),
    }),
  },
];

/** Checks the body; a request that cannot be carried out is 400, whatever the reason, as the mirrored system has it. */
function refusing<Schema extends typeof TopicBody | typeof FileBody | typeof StopBody>(
  schema: Schema,
  handle: (desk: JobDesk, body: Static<Schema>) => Promise<ApiAnswer>,
): ApiRoute['handle'] {
  const findProblems = problemFinder(schema);
  const check: (body: unknown) => asserts body is Static<Schema> = (body) => throwProblems(findProblems(body));
  return async (desk, { body }) => {
    try {
      check(body);
      if (Object.hasOwn(body, 'customSelectorName')) {
        throw new InvalidRequestError(
          [{ field: 'customSelectorName', problem: 'is not supported yet' }],
          'Reload without it.',
        );
      }
      return await handle(desk, body);
    } catch (error) {
      if (!isAppError(error) || error.retryable) throw error;
      const answer = errorAnswer(withTheirFields(error));
      return { ...answer, status: answer.status < 500 ? 400 : answer.status };
    }
  };
}

/** The body that a problem was found in is ours; its fields are called otherwise here. */
const THEIR_FIELDS: ReadonlyMap<string, string> = new Map([
  ['folder', 'topic'],
  ['target.topic', 'reIngestionTopic'],
  ['time.from', 'startDate'],
  ['time.to', 'stopDate'],
]);

function withTheirFields(error: AppError): AppError {
  if (!(error instanceof InvalidRequestError)) return error;
  const [first, ...others] = error.problems.map(({ field, problem }) => ({
    field: THEIR_FIELDS.get(field) ?? field,
    problem,
  }));
  return first === undefined ? error : new InvalidRequestError([first, ...others], error.hint);
}

async function start(desk: JobDesk, body: ReloadRequestBody, singleFile = false): Promise<ApiAnswer> {
  const { jobId } = await desk.create(body, { singleFile });
  return { status: 202, body: { requestId: jobId, message: 'Reingestion started', code: 'OK' } };
}

async function isFolder(bucket: Bucket, name: string): Promise<boolean> {
  for await (const folder of listFolders(bucket)) if (folder === name) return true;
  return false;
}

function isTopicReload({ job, state }: JobSummary, topic: string): boolean {
  const { request } = job;
  return !isFinal(state) && job.singleFile !== true && (request.folder === topic || request.topic === topic);
}

async function countSegments(bucket: Bucket, folder: string): Promise<number> {
  let count = 0;
  for (const { number } of await requireSources(bucket, folder)) {
    for await (const { key } of bucket.list(sourcePrefix(folder, number)))
      if (parseSegmentKey(key) !== undefined) count++;
  }
  return count;
}
