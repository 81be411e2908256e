import type { ErrorCode } from '../errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { BucketOperation } from './layered-bucket.ts';
import type { BucketRetry } from './retrying-bucket.ts';

/** Logs each repetition and has it counted: nobody waits in silence for a store that is slow or away (I8). */
export function reportRetries(
  logger: Logger,
  count: (labels: { readonly operation: BucketOperation; readonly code: ErrorCode }) => void,
): (retry: BucketRetry) => void {
  return ({ operation, retry, delayMs, error }) => {
    count({ operation, code: error.code });
    logger.warn('a request to the bucket failed, trying again', {
      operation,
      retry,
      delayMs: Math.round(delayMs),
      error,
    });
  };
}
