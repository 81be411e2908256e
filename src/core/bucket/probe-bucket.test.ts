import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultyBucket } from '../../../test/faults/faulty-bucket.ts';
import { startOverwritingS3Server } from '../../../test/faults/overwriting-s3-server.ts';
import { AppError, isAppError, type ErrorCode } from '../errors.ts';
import type { Bucket } from './bucket.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { probeBucket } from './probe-bucket.ts';
import { retryingBucket } from './retrying-bucket.ts';
import { S3Bucket } from './s3-bucket.ts';

test('a good bucket passes, and keeps nothing of the probe', async () => {
  const bucket = new MemoryBucket('good');
  assert.deepEqual(await probeBucket(bucket), { deleted: true });
  assert.deepEqual(await Array.fromAsync(bucket.list('')), []);
});

for (const answersExists of [false, true]) {
  test(`a store that overwrites is refused${answersExists ? ', though it says that it did not' : ''}`, async () => {
    await using server = await startOverwritingS3Server({ answersExists });
    const bucket = new S3Bucket('bucket', { endpoint: server.endpoint, accessKeyId: 'key', secretAccessKey: 'secret' });
    const error = await rejectsWith('BUCKET_CONDITIONAL_PUT_IGNORED', bucket);
    assert.match(error.message, /s3:\/\/bucket/);
    assert.deepEqual(server.paths(), []);
  });
}

test('a store that says twice that it created one object is refused', async () => {
  const inner = new MemoryBucket('forgetful');
  const put: Bucket['put'] = async (...args) => {
    await MemoryBucket.prototype.put.apply(inner, args);
    return 'created';
  };
  await rejectsWith('BUCKET_CONDITIONAL_PUT_IGNORED', Object.assign(inner, { put }));
});

test('a store that loses something is refused, and it is said what', async () => {
  const losses: readonly (readonly [Partial<Bucket>, RegExp])[] = [
    [{ head: async () => undefined }, /not there/],
    [{ head: async () => ({ sizeBytes: 1, modifiedAtMs: 0, metadata: {} }) }, /size/],
    [{ get: async () => Buffer.from('something else') }, /body/],
    [{ list: async function* () {} }, /listing/],
  ];
  for (const [loss, message] of losses) {
    const inner = new MemoryBucket('lossy');
    const error = await rejectsWith('BUCKET_CONTRACT_BROKEN', Object.assign(inner, loss));
    assert.match(error.message, message);
  }
  const inner = new MemoryBucket('without metadata');
  const put: Bucket['put'] = (key, body) => MemoryBucket.prototype.put.call(inner, key, body);
  assert.match((await rejectsWith('BUCKET_CONTRACT_BROKEN', Object.assign(inner, { put }))).message, /metadata/);
});

test('errors of the bucket come through; only the right to delete may be missing', async () => {
  assert.deepEqual(await probeBucket(Object.assign(new MemoryBucket('keeps'), { delete: denied })), { deleted: false });
  await rejectsWith(
    'BUCKET_READ_ONLY',
    Object.assign(new MemoryBucket('read-only'), { put: readOnly, delete: readOnly }),
  );
  await rejectsWith('BUCKET_ACCESS_DENIED', Object.assign(new MemoryBucket('denied'), { put: denied, delete: denied }));
});

test('answers that get lost do not make a good bucket a bad one', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const lossy = faultyBucket(new MemoryBucket('lossy'), { before: 0.2, after: 0.3, delay: 0.2 }, seed);
    assert.deepEqual(
      await probeBucket(
        retryingBucket(lossy, { attemptsMax: 50, delayMinMs: 0, delayMaxMs: 0, sleep: async () => {} }),
      ),
      { deleted: true },
    );
  }
});

function denied(): Promise<never> {
  return Promise.reject(new AppError('BUCKET_ACCESS_DENIED', 'no'));
}

function readOnly(): Promise<never> {
  return Promise.reject(new AppError('BUCKET_READ_ONLY', 'no'));
}

async function rejectsWith(code: ErrorCode, bucket: Bucket): Promise<Error> {
  const error = await probeBucket(bucket).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(isAppError(error, code), `${String(error)} is not a ${code}`);
  return error;
}
