import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ListMultipartUploadsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startFaultyHttpProxy, type HttpFault } from '../../../test/faults/faulty-http-proxy.ts';
import { testS3, uniqueName } from '../../../test/harness/shared-services.ts';
import { isAppError, type ErrorCode } from '../errors.ts';
import { openBucket } from './open-bucket.ts';
import { probeBucket } from './probe-bucket.ts';
import { retryingBucket } from './retrying-bucket.ts';
import { S3Bucket } from './s3-bucket.ts';
import type { S3Options } from './s3-options.ts';

const MIB = 1_048_576;

const service = await testS3();
const name = uniqueName('faults');
await service.createBucket(name);
const good = new S3Bucket(name, service);

/** A bucket behind a proxy that treats the first requests with these faults, and lets all later ones pass. */
async function behindProxy(faults: readonly HttpFault[], options: S3Options = {}) {
  const left = [...faults];
  const proxy = await startFaultyHttpProxy(service.endpoint, () => left.shift() ?? 'none');
  const bucket = new S3Bucket(name, { ...service, endpoint: proxy.endpoint, requestTimeoutMs: 300, ...options });
  return { proxy, bucket };
}

test('the probe passes a good store', async () => {
  assert.deepEqual(await probeBucket(good), { deleted: true });
});

test('wrong credentials, a missing bucket, a dead endpoint: each with its code', async () => {
  await rejectsWith('BUCKET_ACCESS_DENIED', probeBucket(new S3Bucket(name, { ...service, secretAccessKey: 'wrong' })));
  await rejectsWith('BUCKET_ACCESS_DENIED', probeBucket(new S3Bucket(name, { ...service, accessKeyId: 'nobody' })));
  await rejectsWith('BUCKET_MISSING', probeBucket(new S3Bucket(uniqueName('absent'), service)));
  await rejectsWith('BUCKET_MISSING', Array.fromAsync(new S3Bucket(uniqueName('absent'), service).list('')));
  await rejectsWith('BUCKET_MISSING', new S3Bucket(uniqueName('absent'), service).get('a'));
  await rejectsWith(
    'BUCKET_UNAVAILABLE',
    probeBucket(new S3Bucket(name, { ...service, endpoint: 'http://127.0.0.1:1' })),
  );
  await rejectsWith(
    'BUCKET_UNAVAILABLE',
    probeBucket(new S3Bucket(name, { ...service, endpoint: 'http://no-such-host.invalid' })),
  );
  await rejectsWith(
    'BUCKET_UNAVAILABLE',
    probeBucket(new S3Bucket(name, { ...service, endpoint: service.endpoint.replace('http:', 'https:') })),
  );
});

test('a web server that is no object store is told apart', async () => {
  const server = createServer((_request, response) =>
    response.end('<!doctype html><title>Console</title><p>Hello & welcome'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const bucket = new S3Bucket(name, { ...service, endpoint });
    const calls = [
      Array.fromAsync(bucket.list('')),
      Array.fromAsync(bucket.folders('')),
      bucket.head('a'),
      bucket.put('a', []),
    ];
    for (const call of calls)
      assert.match((await rejectsWith('BUCKET_UNAVAILABLE', call)).hint ?? '', /does not speak S3/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a put whose answer is lost has created the object, and says so when repeated', async () => {
  const { proxy, bucket } = await behindProxy(['lose-answer']);
  await using _proxy = proxy;
  const key = uniqueName('lost-answer');
  assert.equal(await bucket.put(key, [Buffer.from('ours')], { metadata: { writer: 'one' } }), 'exists');
  assert.equal(Buffer.from(await good.get(key)).toString(), 'ours');
  assert.deepEqual(await good.head(key).then((info) => info?.metadata), { writer: 'one' });
});

test('a store that does not answer, or is not able to, is unavailable within the time limit; repetition gets through', async () => {
  const key = uniqueName('unavailable');
  for (const fault of ['stall', 'refuse'] as const) {
    const { proxy, bucket } = await behindProxy(Array(5).fill(fault));
    await using _proxy = proxy;
    await rejectsWith('BUCKET_UNAVAILABLE', bucket.put(key, [randomBytes(100)]));
    await rejectsWith('BUCKET_UNAVAILABLE', bucket.head(key));
    await rejectsWith('BUCKET_UNAVAILABLE', Array.fromAsync(bucket.list('')));
    const retrying = retryingBucket(bucket, { delayMinMs: 1, delayMaxMs: 1 });
    assert.equal(await retrying.put(`${key}-${fault}`, [Buffer.from('x')]), 'created');
    assert.equal(proxy.requests.length, 6);
  }
});

test('an answer that is cut off is an error, never a shorter object', async () => {
  const key = uniqueName('cut');
  const body = randomBytes(3 * MIB);
  await good.put(key, [body]);
  const { proxy, bucket } = await behindProxy(['cut-answer', 'cut-answer', 'cut-answer']);
  await using _proxy = proxy;
  await rejectsWith('BUCKET_UNAVAILABLE', bucket.get(key));
  await rejectsWith('BUCKET_UNAVAILABLE', bucket.get(key, { start: 10, end: 2 * MIB }));
  assert.ok(body.equals(await retryingBucket(bucket, { delayMinMs: 1, delayMaxMs: 1 }).get(key)));
});

test('an answer that stops in the middle is given up', async () => {
  const key = uniqueName('stalled');
  await good.put(key, [randomBytes(100_000)]);
  const { proxy, bucket } = await behindProxy(['stall-answer']);
  await using _proxy = proxy;
  await rejectsWith('BUCKET_UNAVAILABLE', bucket.get(key));
});

test('an upload in parts that fails, or loses, leaves no parts that somebody pays for', async () => {
  const options = { multipartThresholdBytes: 1, partSizeBytes: 5 * MIB };
  const body = [randomBytes(11 * MIB)];
  const key = uniqueName('parts');
  // Head and the start of the upload pass; of the three parts the second fails.
  const { proxy, bucket } = await behindProxy(['none', 'none', 'none', 'refuse'], {
    ...options,
    requestTimeoutMs: 20_000,
  });
  await using _proxy = proxy;
  await rejectsWith('BUCKET_UNAVAILABLE', bucket.put(key, body));
  assert.deepEqual(await uploadsOf(name), []);
  const racers = Array.from({ length: 4 }, () => new S3Bucket(name, { ...service, ...options }));
  const answers = await Promise.all(racers.map((racer) => racer.put(key, body)));
  assert.deepEqual(answers.toSorted(), ['created', 'exists', 'exists', 'exists']);
  assert.deepEqual(await uploadsOf(name), []);
  assert.ok(body[0]?.equals(await good.get(key)));
});

test('a folder marker that a console made is no object', async () => {
  const folder = uniqueName('marked');
  await good.put(`${folder}/a`, []);
  const client = new S3Client({ ...service, forcePathStyle: true, credentials: service });
  await client.send(new PutObjectCommand({ Bucket: name, Key: `${folder}/empty/`, Body: Buffer.alloc(0) }));
  client.destroy();
  assert.deepEqual(await Array.fromAsync(good.list(`${folder}/`), (entry) => entry.key), [`${folder}/a`]);
});

test('a bucket that was opened by its URL reaches the store, below its prefix', async () => {
  const bucket = await openBucket(`s3://${name}/team/archive`, { s3: service });
  await bucket.put('orders/1', [Buffer.from('x')]);
  assert.deepEqual(await Array.fromAsync(bucket.list(''), (entry) => entry.key), ['orders/1']);
  assert.deepEqual(await Array.fromAsync(bucket.folders('')), ['orders']);
  assert.equal((await good.head('team/archive/orders/1'))?.sizeBytes, 1);
});

async function uploadsOf(bucket: string): Promise<string[]> {
  const client = new S3Client({ ...service, forcePathStyle: true, credentials: service });
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  client.destroy();
  return Uploads.map((upload) => upload.Key ?? '');
}

async function rejectsWith(code: ErrorCode, call: Promise<unknown>): Promise<Error & { hint: string | undefined }> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(isAppError(error, code), `${String(error)} is not a ${code}`);
  assert.ok(error.hint !== undefined);
  return error;
}
