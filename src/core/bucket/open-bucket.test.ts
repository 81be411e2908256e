import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { isAppError } from '../errors.ts';
import type { BucketCall } from './metered-bucket.ts';
import { openBucket } from './open-bucket.ts';

test('a directory is named by its URL, or by an absolute or a relative path', async () => {
  const root = await mkdtemp(join(tmpdir(), 'bss open-'));
  try {
    await (await openBucket(root)).put('a', [Buffer.from('x')]);
    for (const url of [root, relative(process.cwd(), root), pathToFileURL(root).href, `${pathToFileURL(root).href}/`]) {
      const bucket = await openBucket(url);
      assert.equal((await bucket.head('a'))?.sizeBytes, 1, url);
      assert.equal(bucket.url, pathToFileURL(root).href);
    }
  } finally {
    await rm(root, { recursive: true });
  }
});

test('a memory bucket is the same for all who name it', async () => {
  await (await openBucket('memory:shared-by-name')).put('a', []);
  assert.ok(await (await openBucket('memory:shared-by-name')).head('a'));
  assert.equal(await (await openBucket('memory:other')).head('a'), undefined);
});

test('an S3 bucket is named with or without a prefix, and not asked for before it is used', async () => {
  assert.equal((await openBucket('s3://archive')).url, 's3://archive');
  assert.equal((await openBucket('s3://archive/')).url, 's3://archive');
  assert.equal((await openBucket('s3://archive/team/a/')).url, 's3://archive/team/a');
});

test('what cannot be understood is refused with the accepted forms', async () => {
  const bad = [
    '',
    'gs://bucket',
    'https://bucket.s3.amazonaws.com',
    's3:bucket',
    's3://',
    's3://A',
    's3://b/a//b',
    's3://b/../c',
    'file://host/a',
    's3://b?region=x',
  ];
  for (const url of bad) {
    await assert.rejects(openBucket(url), (error) => {
      assert.ok(isAppError(error, 'BUCKET_INVALID_URL'), `${url}: ${String(error)}`);
      assert.match(error.hint ?? '', /s3:\/\/bucket\/prefix/);
      return true;
    });
  }
  await assert.rejects(openBucket('/no/such/directory'), (error) => isAppError(error, 'BUCKET_MISSING'));
});

test('credentials in a URL are refused and not repeated', async () => {
  for (const url of ['s3://key:hidden@bucket', 's3://key:hid/den@bucket', 'gs://key:hidden@bucket']) {
    await assert.rejects(openBucket(url), (error) => {
      assert.ok(isAppError(error, 'BUCKET_INVALID_URL'));
      assert.doesNotMatch(JSON.stringify([error.message, error.subject, error.hint]), /hid|den@/);
      return true;
    });
  }
  const half = openBucket('s3://bucket', { s3: { accessKeyId: 'key' } });
  await assert.rejects(half, (error) => isAppError(error, 'CONFIG_INVALID'));
});

test('calls are metered, and their repetitions are not counted', async () => {
  const calls: BucketCall[] = [];
  const bucket = await openBucket('memory:metered-open', { onCall: (call) => calls.push(call) });
  await bucket.put('a', [Buffer.from('xyz')]);
  assert.deepEqual(
    calls.map(({ operation, outcome, bytes }) => [operation, outcome, bytes]),
    [['put', 'OK', 3]],
  );
});
