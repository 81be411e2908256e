import { AppError, type ErrorCode } from '../errors.ts';
import type { Bucket } from './bucket.ts';
import { layeredBucket, type BucketOperation } from './layered-bucket.ts';

/** One finished call of a bucket. */
export interface BucketCall {
  readonly operation: BucketOperation;
  readonly outcome: 'OK' | 'KO';
  /** Of a listing only the time it was waited for, not the time its reader took. */
  readonly seconds: number;
  /** Content put or got; 0 for other operations, and for a call that failed. */
  readonly bytes: number;
  /** Why it failed; undefined when it did not, or when the error is not an operating one. */
  readonly errorCode: ErrorCode | undefined;
}

/**
 * Reports every finished call. A listing is one call, finished when its reader stops.
 * @param nowMs a clock in milliseconds that never goes back
 */
export function meteredBucket(
  inner: Bucket,
  onCall: (call: BucketCall) => void,
  nowMs: () => number = () => performance.now(),
): Bucket {
  const succeeded = (operation: BucketOperation, elapsedMs: number, bytes: number) =>
    onCall({ operation, outcome: 'OK', seconds: elapsedMs / 1_000, bytes, errorCode: undefined });
  const failed = (operation: BucketOperation, elapsedMs: number, error: unknown) =>
    onCall({
      operation,
      outcome: 'KO',
      seconds: elapsedMs / 1_000,
      bytes: 0,
      errorCode: error instanceof AppError ? error.code : undefined,
    });
  return layeredBucket(inner, {
    async call(operation, run, bytes) {
      const startedAtMs = nowMs();
      const answer = await run().catch((error: unknown) => {
        failed(operation, nowMs() - startedAtMs, error);
        throw error;
      });
      succeeded(operation, nowMs() - startedAtMs, bytes(answer));
      return answer;
    },
    async *iterate(operation, open) {
      const iterator = open(undefined)[Symbol.asyncIterator]();
      let elapsedMs = 0;
      const next = async () => {
        const startedAtMs = nowMs();
        try {
          return await iterator.next();
        } finally {
          elapsedMs += nowMs() - startedAtMs;
        }
      };
      let isFailed = false;
      try {
        for (let step = await next(); step.done !== true; step = await next()) yield step.value;
      } catch (error) {
        isFailed = true;
        failed(operation, elapsedMs, error);
        throw error;
      } finally {
        await iterator.return?.();
        if (!isFailed) succeeded(operation, elapsedMs, 0);
      }
    },
  });
}
