import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withGet } from '../../../test/harness/gated-bucket.ts';
import { AppError } from '../errors.ts';
import { silentLogger } from '../runtime/logger.ts';
import { memoryBucket } from './memory-bucket.ts';
import { reportRetries } from './report-retries.ts';
import { retryingBucket } from './retrying-bucket.ts';

test('I8: each repetition of a request to the bucket is counted and logged, with why', async () => {
  const counted: unknown[] = [];
  const logged: unknown[] = [];
  const logger = {
    ...silentLogger,
    warn: (message: string, fields?: object) => void logged.push({ message, ...fields }),
  };
  const error = new AppError('BUCKET_UNAVAILABLE', 'get k: no answer in 30 s');
  let failures = 2;
  const inner = memoryBucket('retries');
  const failing = withGet(inner, async () => {
    if (failures-- > 0) throw error;
    return new Uint8Array(1);
  });
  const bucket = retryingBucket(failing, {
    delayMinMs: 0,
    onRetry: reportRetries(logger, (labels) => void counted.push(labels)),
  });
  assert.equal((await bucket.get('k')).length, 1);
  const labels = { operation: 'get', code: 'BUCKET_UNAVAILABLE' };
  assert.deepEqual(counted, [labels, labels]);
  const message = 'a request to the bucket failed, trying again';
  assert.deepEqual(
    logged,
    [1, 2].map((retry) => ({ message, operation: 'get', retry, delayMs: 0, error })),
  );
});
