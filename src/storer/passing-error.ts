import { isAppError } from '../core/errors.ts';

/**
 * Whether trying again can help. A store's refusals may be mended while we run (a right, a quota, a bucket made later),
 * and nothing is lost by waiting; a damaged bucket or batch is for a person.
 */
export function isPassing(error: unknown): boolean {
  if (!isAppError(error)) return false;
  return error.retryable || error.code.startsWith('BUCKET_') || error.code === 'KAFKA_FENCED';
}
