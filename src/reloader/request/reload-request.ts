import type { BatchCodec } from '../../core/record/batch-header.ts';
import type { Offset } from '../../core/record/topic-partition.ts';
import { ReloadRequestBody } from './request-schema.ts';
import { parsePointInTime } from './request-time.ts';
import { problemFinder, type RequestProblem, throwProblems } from './schema-problems.ts';

/** What is to be reloaded, understood: bounds are in Kafka's units, the end of each is exclusive. */
export interface ReloadRequest {
  /** A folder, or an archived topic wherever it is. */
  readonly selection: { readonly folder: string } | { readonly topic: string };
  readonly source: number | undefined;
  /** Ascending, each once. */
  readonly partitions: readonly number[] | undefined;
  readonly fromTimestampMs: bigint | undefined;
  readonly toTimestampMs: bigint | undefined;
  readonly fromOffset: Offset | undefined;
  readonly toOffset: Offset | undefined;
  readonly targetTopic: string;
  readonly compression: BatchCodec;
  readonly allowMissing: boolean;
  readonly dryRun: boolean;
}

const findProblems = problemFinder(ReloadRequestBody);

/** Checks a body against the schema. @throws InvalidRequestError (RELOAD_REQUEST_INVALID) naming every wrong field. */
export function checkReloadBody(body: unknown): asserts body is ReloadRequestBody {
  throwProblems(findProblems(body));
}

/** Understands a request's body. @throws InvalidRequestError (RELOAD_REQUEST_INVALID) naming every wrong field. */
export function parseReloadRequest(body: unknown): ReloadRequest {
  checkReloadBody(body);
  const problems: RequestProblem[] = [];
  const selection = selectionOf(body, problems);
  const fromTimestampMs = timeOf(body.time?.from, 'time.from', problems);
  const toTimestampMs = timeOf(body.time?.to, 'time.to', problems);
  const fromOffset = offsetOf(body.offsets?.from, 'offsets.from', problems);
  const toOffset = offsetOf(body.offsets?.to, 'offsets.to', problems);
  if (fromTimestampMs !== undefined && toTimestampMs !== undefined && fromTimestampMs >= toTimestampMs) {
    problems.push({ field: 'time.to', problem: 'must be after time.from; it is the first moment that is not wanted' });
  }
  if (fromOffset !== undefined && toOffset !== undefined && fromOffset >= toOffset) {
    problems.push({ field: 'offsets.to', problem: 'must be above offsets.from; it is the first offset not wanted' });
  }
  throwProblems(problems);
  return {
    selection,
    source: body.source,
    partitions: body.partitions === undefined ? undefined : [...new Set(body.partitions)].sort((a, b) => a - b),
    fromTimestampMs,
    toTimestampMs,
    fromOffset,
    toOffset,
    targetTopic: body.target.topic,
    compression: body.compression ?? 'none',
    allowMissing: body.allowMissing ?? false,
    dryRun: body.dryRun ?? false,
  };
}

function selectionOf(body: ReloadRequestBody, problems: RequestProblem[]): ReloadRequest['selection'] {
  const { folder, topic } = body;
  if (folder !== undefined && topic === undefined) {
    if (/[/\\]/.test(folder) || folder.startsWith('_') || folder.startsWith('.')) {
      problems.push({
        field: 'folder',
        problem: 'must be the name of a folder, not a path; GET /v1/folders lists them',
      });
    }
    return { folder };
  }
  if (topic !== undefined && folder === undefined) return { topic };
  const both = folder !== undefined;
  problems.push({
    field: both ? 'topic' : 'folder',
    problem: both ? 'cannot be given together with folder' : 'is missing; say what to reload: folder, or topic',
  });
  return { folder: '' };
}

function timeOf(value: string | number | undefined, field: string, problems: RequestProblem[]): bigint | undefined {
  if (value === undefined) return undefined;
  const ms = parsePointInTime(value);
  if (ms === undefined) {
    problems.push({
      field,
      problem: 'must be a date (2026-03-01) or a date and time with its zone (2026-03-01T08:00:00Z)',
    });
  }
  return ms;
}

const OFFSET_MAX = 2n ** 63n - 1n;

function offsetOf(value: string | number | undefined, field: string, problems: RequestProblem[]): Offset | undefined {
  if (value === undefined) return undefined;
  const offset = BigInt(value);
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    problems.push({ field, problem: 'must be given as a string: a JSON number of that size is not exact' });
  } else if (offset > OFFSET_MAX) {
    problems.push({ field, problem: `must be at most ${OFFSET_MAX}` });
  }
  return offset;
}
