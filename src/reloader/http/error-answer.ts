import { type ErrorCode, isAppError } from '../../core/errors.ts';
import { InvalidRequestError } from '../request/schema-problems.ts';
import type { ApiAnswer } from './api-route.ts';

const STATUS_BY_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  API_ROUTE_MISSING: 404,
  API_UNAUTHORIZED: 401,
  ARCHIVE_FOLDER_MISSING: 404,
  KAFKA_PARTITION_MISMATCH: 409,
  KAFKA_TOPIC_MISSING: 409,
  RELOAD_INCOMPLETE_ARCHIVE: 409,
  RELOAD_JOB_MISSING: 404,
  RELOAD_JOB_STATE: 409,
  RELOAD_REQUEST_INVALID: 400,
};

/** What an error is answered with: `ErrorAnswer`. A bug of ours is 500 and tells nothing of its inside. */
export function errorAnswer(error: unknown): ApiAnswer {
  if (!isAppError(error)) {
    const message = 'The request failed by a bug of the reloader; its log has the details.';
    return { status: 500, body: { code: 'INTERNAL', message } };
  }
  const { code, message, subject, hint, retryable } = error;
  const problems = error instanceof InvalidRequestError ? error.problems : undefined;
  const field = problems?.[0]?.field;
  return {
    status: STATUS_BY_CODE[code] ?? (retryable ? 503 : 500),
    body: {
      code,
      message,
      ...(field !== undefined && field !== '' && { field }),
      ...(problems !== undefined && { details: problems }),
      ...(problems === undefined && subject !== undefined && { subject }),
      ...(hint !== undefined && { hint }),
    },
  };
}
