import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingHost } from '../../test/harness/recording-host.ts';
import { AppError } from '../core/errors.ts';
import { ManualClock } from '../core/runtime/manual-clock.ts';
import { tellRetries } from './open-archive.ts';

test('a store that does not answer is told of, not at once, and not with every request', async () => {
  const clock = new ManualClock();
  const host = recordingHost();
  const onRetry = tellRetries({ stderr: host.stderr, clock });
  const error = new AppError('BUCKET_UNAVAILABLE', 'list s3://archive: no answer');
  const fail = (): void => onRetry({ operation: 'list', retry: 1, delayMs: 200, error });
  fail();
  assert.equal(host.errors(), '');
  await clock.advance(1_000);
  fail();
  fail();
  assert.equal(host.errors(), 'list s3://archive: no answer; trying again\n');
  await clock.advance(5_000);
  fail();
  assert.equal(host.errors().split('\n').length, 3);
});
