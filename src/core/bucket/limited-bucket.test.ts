import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bucket } from './bucket.ts';
import { bucketConformance } from './conformance.ts';
import { limitedBucket } from './limited-bucket.ts';
import { MemoryBucket } from './memory-bucket.ts';

const store = new MemoryBucket('limited');
bucketConformance('a limited bucket', async () => limitedBucket(store, 3), {
  refusesPathParents: true,
  bodyMaxBytes: 100_000,
});

/** A bucket whose `head` is answered when the test says so. */
function heldBucket(): {
  readonly bucket: Bucket;
  readonly started: string[];
  readonly release: (key: string, error?: Error) => Promise<void>;
} {
  const started: string[] = [];
  const pending = new Map<string, PromiseWithResolvers<undefined>>();
  const head = (key: string) => {
    started.push(key);
    const answer = Promise.withResolvers<undefined>();
    pending.set(key, answer);
    return answer.promise;
  };
  const release = async (key: string, error?: Error) => {
    if (error === undefined) pending.get(key)?.resolve(undefined);
    else pending.get(key)?.reject(error);
    await turn();
  };
  return { bucket: Object.assign(new MemoryBucket('held'), { head }), started, release };
}

/** Lets everything happen that needs no event from outside. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('calls beyond the limit wait, and go on in the order they came', async () => {
  const { bucket, started, release } = heldBucket();
  const limited = limitedBucket(bucket, 2);
  const calls = ['a', 'b', 'c', 'd'].map((key) => limited.head(key));
  await turn();
  assert.deepEqual(started, ['a', 'b']);
  await release('b');
  assert.deepEqual(started, ['a', 'b', 'c']);
  const late = limited.head('e');
  await release('a');
  assert.deepEqual(started, ['a', 'b', 'c', 'd']);
  await release('c');
  assert.deepEqual(started, ['a', 'b', 'c', 'd', 'e']);
  await release('d');
  await release('e');
  await Promise.all([...calls, late]);
});

test('a call that fails gives its place back', async () => {
  const { bucket, started, release } = heldBucket();
  const limited = limitedBucket(bucket, 1);
  const failed = assert.rejects(limited.head('a'), /broken/);
  const next = limited.head('b');
  await turn();
  await release('a', new Error('broken'));
  await failed;
  assert.deepEqual(started, ['a', 'b']);
  await release('b');
  await next;
});

test('the reader of a listing may call the bucket while it reads', async () => {
  const limited = limitedBucket(new MemoryBucket('nested'), 1);
  for (const key of ['a', 'b', 'c']) await limited.put(key, [Buffer.from(key)]);
  const bodies: string[] = [];
  for await (const { key } of limited.list('')) bodies.push(Buffer.from(await limited.get(key)).toString());
  assert.deepEqual(bodies, ['a', 'b', 'c']);
});
