import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { isAppError, type ErrorCode } from '../errors.ts';
import type { Bucket, ByteRange, ObjectKey } from './bucket.ts';
import { compareKeys } from './object-key.ts';

/** A store to be examined: every call gives a client of its own to the same objects. */
export type ConnectClient = () => Promise<Bucket>;

/** Where kinds of bucket may differ within the contract. */
export interface BucketCapabilities {
  /** It refuses a key below an object, and an object where a folder is. */
  readonly refusesPathParents: boolean;
  /**
   * It keeps folders as directories and shows it: it sorts them without their slash, and empty ones linger (SeaweedFS). Chains of
   * segments do not mind.
   */
  readonly hasVisibleDirectories?: boolean;
  /** Size of the largest body that is put: above the size at which the store begins to do something else. */
  readonly bodyMaxBytes: number;
  /** Clients that race for one key. Default 100. */
  readonly racers?: number;
}

const RACERS = 100;
const RACED_KEYS = 5;
/** More than the 1,000 entries of a page of S3. */
const LISTED_KEYS = 1_100;
const METADATA = { 'format-version': '1', 'gap-counts': '{"control":2, "aborted":  17}', topic: 'a.b_c-D' };

/**
 * The contract of `Bucket`, as one suite of tests for every implementation. Each test works below a folder of its own, so that one
 * store serves them all.
 */
export function bucketConformance(name: string, connect: ConnectClient, capabilities: BucketCapabilities): void {
  describe(`${name} keeps the contract of a bucket`, () => {
    contentTests(connect, capabilities);
    readingTests(connect);
    creationTests(connect, capabilities);
    listingTests(connect);
    if (capabilities.hasVisibleDirectories !== true) orderTests(connect);
    keyTests(connect, capabilities);
  });
}

function contentTests(connect: ConnectClient, { bodyMaxBytes }: BucketCapabilities): void {
  test('an object comes back with its bytes, its size, its time and its metadata', async () => {
    const bucket = await connect();
    const key = `${randomUUID()}/0/object.jsonl`;
    const startedAtMs = Date.now();
    const body = [Buffer.from('one\n'), Buffer.from('two\n')];
    assert.equal(await bucket.put(key, body, { metadata: METADATA, contentType: 'application/x-ndjson' }), 'created');
    // The contract lets the caller use its memory again.
    for (const chunk of body) chunk.fill(0);
    assert.equal(text(await bucket.get(key)), 'one\ntwo\n');
    const info = await bucket.head(key);
    assert.equal(info?.sizeBytes, 8);
    assert.deepEqual({ ...info.metadata }, METADATA);
    assert.ok(
      Math.abs(info.modifiedAtMs - startedAtMs) < 60_000,
      `modified at ${info.modifiedAtMs}, put at ${startedAtMs}`,
    );
  });

  test('metadata may be absent, or have 2,000 bytes', async () => {
    const bucket = await connect();
    const folder = randomUUID();
    await bucket.put(`${folder}/without`, [Buffer.from('x')]);
    assert.deepEqual({ ...(await bucket.head(`${folder}/without`))?.metadata }, {});
    const metadata = { long: 'v'.repeat(1_990), short: '~' };
    await bucket.put(`${folder}/large`, [Buffer.from('x')], { metadata });
    assert.deepEqual({ ...(await bucket.head(`${folder}/large`))?.metadata }, metadata);
    await assert.rejects(bucket.put(`${folder}/larger`, [], { metadata: { long: 'v'.repeat(1_997) } }), /2000 bytes/);
  });

  test('a body may be empty', async () => {
    const bucket = await connect();
    const folder = randomUUID();
    for (const [name, body] of [
      ['none', []],
      ['empty', [new Uint8Array(0), new Uint8Array(0)]],
    ] as const) {
      assert.equal(await bucket.put(`${folder}/${name}`, body, { metadata: METADATA }), 'created');
      assert.equal((await bucket.get(`${folder}/${name}`)).byteLength, 0);
      assert.equal((await bucket.get(`${folder}/${name}`, { last: 5 })).byteLength, 0);
      assert.equal((await bucket.head(`${folder}/${name}`))?.sizeBytes, 0);
    }
  });

  test('a large body in uneven chunks comes back whole', async () => {
    const bucket = await connect();
    const key = `${randomUUID()}/large`;
    const block = randomBytes(1_000_003);
    const body: Uint8Array[] = [];
    for (let left = bodyMaxBytes; left > 0; left -= block.byteLength) {
      body.push(block.subarray(0, Math.min(left, block.byteLength)), new Uint8Array(0));
    }
    assert.equal(await bucket.put(key, body, { metadata: METADATA }), 'created');
    assert.ok(Buffer.concat(body).equals(await bucket.get(key)));
    const info = await bucket.head(key);
    assert.equal(info?.sizeBytes, bodyMaxBytes);
    assert.deepEqual({ ...info.metadata }, METADATA);
    assert.equal(await bucket.put(key, body), 'exists');
  });
}

function readingTests(connect: ConnectClient): void {
  test('a range gives a part; what lies past the end is cut', async () => {
    const bucket = await connect();
    const key = `${randomUUID()}/range`;
    await bucket.put(key, [Buffer.from('0123'), Buffer.from('456789')]);
    const parts: readonly (readonly [ByteRange, string])[] = [
      [{ start: 0, end: 1 }, '0'],
      [{ start: 2, end: 6 }, '2345'],
      [{ start: 8, end: 100 }, '89'],
      [{ start: 10, end: 20 }, ''],
      [{ start: 500, end: 600 }, ''],
      [{ start: 4, end: 4 }, ''],
      [{ last: 3 }, '789'],
      [{ last: 10 }, '0123456789'],
      [{ last: 1_000 }, '0123456789'],
      [{ last: 0 }, ''],
    ];
    for (const [range, expected] of parts)
      assert.equal(text(await bucket.get(key, range)), expected, JSON.stringify(range));
    await assert.rejects(bucket.get(key, { start: 5, end: 4 }), /assertion failed/);
    await assert.rejects(bucket.get(key, { start: -1, end: 4 }), /assertion failed/);
  });

  test('what is not there is told apart from what is empty', async () => {
    const bucket = await connect();
    const folder = randomUUID();
    await bucket.put(`${folder}/a/object`, [Buffer.from('x')]);
    for (const key of [`${folder}/none`, `${folder}/a`, `${folder}/a/object2`]) {
      assert.equal(await bucket.head(key), undefined);
      await rejectsWith('BUCKET_OBJECT_MISSING', bucket.get(key));
      await rejectsWith('BUCKET_OBJECT_MISSING', bucket.get(key, { start: 0, end: 5 }));
      await rejectsWith('BUCKET_OBJECT_MISSING', bucket.get(key, { start: 3, end: 3 }));
      await rejectsWith('BUCKET_OBJECT_MISSING', bucket.get(key, { last: 5 }));
    }
  });

  test('delete removes one object, whether it is there or not, and frees its key', async () => {
    const bucket = await connect();
    const folder = randomUUID();
    await bucket.put(`${folder}/gone`, [Buffer.from('first')], { metadata: { generation: '1' } });
    await bucket.put(`${folder}/gone2`, [Buffer.from('stays')]);
    await bucket.delete(`${folder}/gone`);
    await bucket.delete(`${folder}/gone`);
    await bucket.delete(`${folder}/never/was`);
    await bucket.delete(folder);
    assert.equal(await bucket.head(`${folder}/gone`), undefined);
    assert.deepEqual(await keysOf(bucket, `${folder}/`), [`${folder}/gone2`]);
    assert.equal(
      await bucket.put(`${folder}/gone`, [Buffer.from('again')], { metadata: { generation: '2' } }),
      'created',
    );
    assert.equal(text(await bucket.get(`${folder}/gone`)), 'again');
    assert.deepEqual({ ...(await bucket.head(`${folder}/gone`))?.metadata }, { generation: '2' });
  });
}

function creationTests(connect: ConnectClient, { bodyMaxBytes, racers = RACERS }: BucketCapabilities): void {
  test('a second put changes nothing', async () => {
    const bucket = await connect();
    const other = await connect();
    const key = `${randomUUID()}/taken`;
    assert.equal(await bucket.put(key, [Buffer.from('first')], { metadata: { writer: 'first' } }), 'created');
    assert.equal(await bucket.put(key, [Buffer.from('again')], { metadata: { writer: 'again' } }), 'exists');
    assert.equal(await other.put(key, [Buffer.alloc(bodyMaxBytes)], { metadata: { writer: 'other' } }), 'exists');
    assert.equal(text(await other.get(key)), 'first');
    assert.deepEqual({ ...(await other.head(key))?.metadata }, { writer: 'first' });
  });

  test(`of ${racers} clients that create one key at once exactly one wins`, async () => {
    const clients = await Promise.all(Array.from({ length: racers }, connect));
    const folder = randomUUID();
    for (let round = 0; round < RACED_KEYS; round++) {
      const key = `${folder}/${round}/raced`;
      // Bodies of one size, so that nothing but the content tells the writers apart.
      const put = (client: Bucket, racer: number) =>
        client.put(key, [bodyOf(racer)], { metadata: { writer: String(racer) } });
      const answers = await Promise.all(clients.map(put));
      const winners = answers.flatMap((answer, racer) => (answer === 'created' ? [racer] : []));
      assert.equal(winners.length, 1, `winners of ${key}: ${winners.join(', ')}`);
      const [winner = -1] = winners;
      for (const client of clients.slice(0, 3)) {
        assert.ok(bodyOf(winner).equals(await client.get(key)), "the body is the winner's");
        assert.deepEqual({ ...(await client.head(key))?.metadata }, { writer: String(winner) });
      }
      assert.deepEqual(await keysOf(clients[0] as Bucket, `${folder}/${round}`), [key]);
    }
  });

  test('an object is seen whole or not at all while it is put', async () => {
    const [writer, reader] = await Promise.all([connect(), connect()]);
    const key = `${randomUUID()}/whole`;
    const body = randomBytes(Math.min(bodyMaxBytes, 4_000_000));
    const put = writer.put(key, [body], { metadata: METADATA });
    const isPending = async () => (await Promise.race([put, Promise.resolve()])) === undefined;
    do {
      const info = await reader.head(key);
      if (info === undefined) continue;
      assert.equal(info.sizeBytes, body.byteLength);
      assert.deepEqual({ ...info.metadata }, METADATA);
      assert.ok(body.equals(await reader.get(key)));
    } while (await isPending());
    assert.equal(await put, 'created');
  });
}

function bodyOf(racer: number): Buffer {
  return Buffer.from(`${String(racer).padStart(9, '0')}\n`.repeat(20_000));
}

function listingTests(connect: ConnectClient): void {
  test('a listing has every key once, in the order of its bytes, over several pages', async () => {
    const bucket = await connect();
    const folder = randomUUID();
    const keys = Array.from(
      { length: LISTED_KEYS },
      (_, i) => `${folder}/0001/${i % 3}/${String(i * 7).padStart(20, '0')}.jsonl.zst`,
    );
    await inGroups(keys, 32, (key) => bucket.put(key, [Buffer.from(key)]));
    const sorted = keys.toSorted(compareKeys);
    assert.deepEqual(await keysOf(bucket, `${folder}/`), sorted);
    assert.deepEqual(await keysOf(bucket, folder), sorted);
    assert.deepEqual(
      await keysOf(bucket, '', sorted[0]).then((found) => found.filter((key) => key.startsWith(folder))),
      sorted.slice(1),
    );
    const middle = sorted[700];
    assert.deepEqual(await keysOf(bucket, `${folder}/`, middle), sorted.slice(701));
    assert.deepEqual(await keysOf(bucket, `${folder}/`, `${middle}0`), sorted.slice(701));
    assert.deepEqual(
      await keysOf(bucket, `${folder}/0001/1/`, middle),
      sorted.slice(701).filter((key) => key.includes('/0001/1/')),
    );
    assert.deepEqual(await keysOf(bucket, `${folder}/`, sorted.at(-1)), []);
    assert.deepEqual(
      await keysOf(bucket, `${folder}/0001/2/000000000000000001`),
      sorted.filter((key) => key.includes('/2/000000000000000001')),
    );
    assert.deepEqual(await keysOf(bucket, `${folder}/0002/`), []);
  });

  test('an entry has size and time, and an abandoned listing does no harm', async () => {
    const bucket = await connect();
    const folder = randomUUID();
    for (const name of ['a', 'b', 'c'])
      await bucket.put(`${folder}/${name}`, [Buffer.from('12345')], { metadata: METADATA });
    for await (const entry of bucket.list(`${folder}/`)) {
      assert.deepEqual({ key: entry.key, sizeBytes: entry.sizeBytes }, { key: `${folder}/a`, sizeBytes: 5 });
      assert.ok(Math.abs(entry.modifiedAtMs - Date.now()) < 60_000);
      break;
    }
    assert.equal((await keysOf(bucket, `${folder}/`)).length, 3);
  });

  test('folders are the names before the next slash, each once', async () => {
    const bucket = await connect();
    const folder = randomUUID();
    for (const key of ['file', 'a/1', 'a/2', 'a/deep/er/1', 'b/0001/0/1']) {
      await bucket.put(`${folder}/${key}`, [Buffer.from('x')], { metadata: METADATA });
    }
    assert.deepEqual(await foldersOf(bucket, `${folder}/`), ['a', 'b']);
    assert.deepEqual(await foldersOf(bucket, `${folder}/a/`), ['deep']);
    assert.deepEqual(await foldersOf(bucket, `${folder}/none/`), []);
    assert.ok((await foldersOf(bucket, '')).includes(folder));
    await rejectsWith('BUCKET_INVALID_KEY', foldersOf(bucket, `${folder}/a`));
  });
}

function orderTests(connect: ConnectClient): void {
  test('the order is that of whole keys in UTF-8: a-b before a/, U+FF5E before U+1F600', async () => {
    const bucket = await connect();
    const folder = randomUUID();
    const names = ['a!', 'a-b', 'a-b-', 'a.c', 'a/x', 'a/x-y/z', 'a0', 'aa/b', 'z', 'é', '～', '～x', '😀'];
    for (const name of names.toReversed()) await bucket.put(`${folder}/${name}`, [Buffer.from(name)]);
    const keys = names.map((name) => `${folder}/${name}`);
    assert.deepEqual(keys.toSorted(compareKeys), keys);
    assert.deepEqual(await keysOf(bucket, `${folder}/`), keys);
    for (const [index, key] of keys.entries())
      assert.deepEqual(await keysOf(bucket, `${folder}/`, key), keys.slice(index + 1), key);
    assert.deepEqual(
      await keysOf(bucket, `${folder}/a`),
      keys.filter((key) => key.startsWith(`${folder}/a`)),
    );
    assert.deepEqual(await keysOf(bucket, `${folder}/`, `${folder}/a`), keys);
    assert.deepEqual(await keysOf(bucket, `${folder}/`, `${folder}/a/`), keys.slice(4));
  });

  test('folders come in the order of listings, and go with their last object', async () => {
    const bucket = await connect();
    const folder = randomUUID();
    for (const key of ['a/1', 'a-b/1', 'a.c/1', 'a0/1', 'gone/1', 'gone/2/3']) {
      await bucket.put(`${folder}/${key}`, [Buffer.from('x')], { metadata: METADATA });
    }
    await bucket.delete(`${folder}/gone/1`);
    assert.deepEqual(await foldersOf(bucket, `${folder}/`), ['a-b', 'a.c', 'a', 'a0', 'gone']);
    await bucket.delete(`${folder}/gone/2/3`);
    assert.deepEqual(await foldersOf(bucket, `${folder}/`), ['a-b', 'a.c', 'a', 'a0']);
  });
}

function keyTests(connect: ConnectClient, { refusesPathParents }: BucketCapabilities): void {
  test('keys with every character that the contract allows come back as they are', async () => {
    const bucket = await connect();
    const folder = randomUUID();
    const names = [
      ' space  inside ',
      '!"#$%&\'()*+,-.',
      ':;<=>?@[]^_`{|}~',
      '%2F+%20',
      '..a',
      'a..',
      '~',
      '&amp;&#x41;',
      'été',
      'e\u0301te\u0301',
      '中文/キー',
      '\u{1f600}',
      `${'s'.repeat(200)}/${'s'.repeat(200)}/${'é'.repeat(100)}/x`,
    ];
    for (const name of names) {
      const key = `${folder}/${name}`;
      assert.equal(await bucket.put(key, [Buffer.from(name)], { metadata: METADATA }), 'created', name);
      assert.equal(text(await bucket.get(key)), name);
      assert.equal((await bucket.head(key))?.sizeBytes, Buffer.byteLength(name));
    }
    const keys = names.map((name) => `${folder}/${name}`).toSorted(compareKeys);
    assert.deepEqual(await keysOf(bucket, `${folder}/`), keys);
    for (const key of keys) await bucket.delete(key);
    assert.deepEqual(await keysOf(bucket, `${folder}/`), []);
  });

  test('a key that some store would lose is refused by every call', async () => {
    const bucket = await connect();
    const long = 'x'.repeat(200);
    const bad = [
      '',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      'a/../b',
      'a/./b',
      'a\\b',
      'a\nb',
      'a\u0000b',
      '\ud800',
      'a/.bss-tmp/b',
      `${long}x`,
      Array(5).fill(long).join('/'),
    ];
    for (const key of bad) {
      await rejectsWith('BUCKET_INVALID_KEY', bucket.put(key, [Buffer.from('x')]));
      await rejectsWith('BUCKET_INVALID_KEY', bucket.get(key));
      await rejectsWith('BUCKET_INVALID_KEY', bucket.head(key));
      await rejectsWith('BUCKET_INVALID_KEY', bucket.delete(key));
    }
    for (const prefix of ['/', '../', 'a/../', 'a//', 'a\\'])
      await rejectsWith('BUCKET_INVALID_KEY', keysOf(bucket, prefix));
  });

  if (!refusesPathParents) return;
  test('no key is the path-parent of another', async () => {
    const bucket = await connect();
    const folder = randomUUID();
    await bucket.put(`${folder}/a/b`, [Buffer.from('x')], { metadata: METADATA });
    await rejectsWith('BUCKET_INVALID_KEY', bucket.put(`${folder}/a/b/c`, [Buffer.from('y')], { metadata: METADATA }));
    await rejectsWith('BUCKET_INVALID_KEY', bucket.put(`${folder}/a/b/c/d`, [Buffer.from('y')]));
    await rejectsWith('BUCKET_INVALID_KEY', bucket.put(`${folder}/a`, [Buffer.from('y')], { metadata: METADATA }));
    assert.deepEqual(await keysOf(bucket, `${folder}/`), [`${folder}/a/b`]);
  });
}

async function keysOf(bucket: Bucket, prefix: string, startAfter?: ObjectKey): Promise<ObjectKey[]> {
  return await Array.fromAsync(
    bucket.list(prefix, startAfter === undefined ? {} : { startAfter }),
    (entry) => entry.key,
  );
}

async function foldersOf(bucket: Bucket, prefix: string): Promise<string[]> {
  return await Array.fromAsync(bucket.folders(prefix));
}

async function rejectsWith(code: ErrorCode, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(isAppError(error, code), `${String(error)} is not a ${code}`);
    return true;
  });
}

async function inGroups<T>(items: readonly T[], size: number, run: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += size) await Promise.all(items.slice(at, at + size).map(run));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
