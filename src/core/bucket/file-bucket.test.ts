import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { isAppError, type ErrorCode } from '../errors.ts';
import { bucketConformance } from './conformance.ts';
import { openFileBucket } from './file-bucket.ts';

const base = await mkdtemp(join(tmpdir(), 'bss-bucket-'));
after(() => rm(base, { recursive: true }));
// The tests below that run as another user must get this far.
await chmod(base, 0o755);

const shared = await freshRoot();
bucketConformance('a directory bucket', () => openFileBucket(shared), {
  refusesPathParents: true,
  bodyMaxBytes: 9_000_000,
});

const frozen = await freshRoot();
const frozenMs = Date.now();
bucketConformance('a directory bucket whose clock stands still', () => openFileBucket(frozen, () => frozenMs), {
  refusesPathParents: true,
  bodyMaxBytes: 9_000_000,
});

test('an object is a plain file, and nothing else of ours is left where readers look', async () => {
  const root = await freshRoot();
  const bucket = await openFileBucket(root);
  await bucket.put('orders/0/1.jsonl', [Buffer.from('{"a":1}\n'), Buffer.from('{"a":2}\n')], {
    metadata: { records: '2' },
  });
  assert.equal(await readFile(join(root, 'orders/0/1.jsonl'), 'utf8'), '{"a":1}\n{"a":2}\n');
  assert.deepEqual((await readdir(join(root, 'orders/0'))).toSorted(), ['.bss-meta', '1.jsonl']);
  assert.deepEqual(await readdir(join(root, '.bss-tmp')), []);
  await bucket.put('plain', [Buffer.from('x')]);
  assert.deepEqual((await readdir(root)).toSorted(), ['.bss-tmp', 'orders', 'plain']);
});

test('losers of a race leave no metadata behind, nor does a deleted object', async () => {
  const root = await freshRoot();
  const clients = await Promise.all(Array.from({ length: 20 }, () => openFileBucket(root)));
  await Promise.all(
    clients.map((client, racer) =>
      client.put('raced', [Buffer.from('same size')], { metadata: { racer: String(racer) } }),
    ),
  );
  assert.equal((await readdir(join(root, '.bss-meta'))).length, 1);
  assert.deepEqual(await readdir(join(root, '.bss-tmp')), []);
  await clients[0]?.delete('raced');
  assert.deepEqual(await readdir(join(root, '.bss-meta')), []);
});

test('a copy of the tree that lost its times keeps its metadata', async () => {
  const root = await freshRoot();
  const copy = await freshRoot();
  const original = await openFileBucket(root);
  await original.put('kept', [Buffer.from('12345')], { metadata: { writer: 'original' } });
  await mkdir(join(copy, '.bss-meta'));
  for (const name of await readdir(join(root, '.bss-meta')))
    await copyFile(join(root, '.bss-meta', name), join(copy, '.bss-meta', name));
  await copyFile(join(root, 'kept'), join(copy, 'kept'));
  await utimes(join(copy, 'kept'), 1, 1);
  const bucket = await openFileBucket(copy);
  assert.deepEqual((await bucket.head('kept'))?.metadata, { writer: 'original' });
  // Two candidates: rather none than the wrong one.
  await writeFile(join(copy, '.bss-meta', 'kept.5-7'), '{"writer":"other"}');
  assert.deepEqual((await bucket.head('kept'))?.metadata, {});
});

test('damaged metadata is an error, not an absence', async () => {
  const root = await freshRoot();
  const bucket = await openFileBucket(root);
  await bucket.put('object', [Buffer.from('12345')], { metadata: { writer: 'one' } });
  const [sidecar = ''] = await readdir(join(root, '.bss-meta'));
  for (const content of ['', '{"writer":', '[1]', '{"writer":1}', 'null']) {
    await writeFile(join(root, '.bss-meta', sidecar), content);
    const error = await rejectsWith('BUCKET_CONTRACT_BROKEN', bucket.head('object'));
    assert.match(error.message, /object\.5-\d+/);
  }
});

test('temporary files of the dead are removed after a day, those of the living stay', async () => {
  const root = await freshRoot();
  await mkdir(join(root, '.bss-tmp'));
  const nowMs = 1_700_000_000_000;
  for (const [name, ageHours] of [
    ['dead', 25],
    ['living', 23],
  ] as const) {
    const path = join(root, '.bss-tmp', name);
    await writeFile(path, 'part');
    await utimes(path, nowMs / 1_000 - ageHours * 3_600, nowMs / 1_000 - ageHours * 3_600);
  }
  await openFileBucket(root, () => nowMs);
  assert.deepEqual(await readdir(join(root, '.bss-tmp')), ['living']);
});

test('a root that is not there is missing: at the start, and later, when it must not look empty', async () => {
  const root = await freshRoot();
  const error = await rejectsWith('BUCKET_MISSING', openFileBucket(join(root, 'none')));
  assert.match(error.hint ?? '', /mkdir -p/);
  await writeFile(join(root, 'file'), '');
  await rejectsWith('BUCKET_MISSING', openFileBucket(join(root, 'file')));
  const bucket = await openFileBucket(root);
  await bucket.put('a/b', [Buffer.from('x')]);
  await rm(root, { recursive: true });
  await rejectsWith('BUCKET_MISSING', bucket.put('a/c', [Buffer.from('x')]));
  await rejectsWith('BUCKET_MISSING', bucket.get('a/b'));
  await rejectsWith('BUCKET_MISSING', bucket.head('a/b'));
  await rejectsWith('BUCKET_MISSING', Array.fromAsync(bucket.list('')));
  await rejectsWith('BUCKET_MISSING', Array.fromAsync(bucket.folders('')));
});

test('folders that vanished under a running process are made again', async () => {
  const root = await freshRoot();
  const bucket = await openFileBucket(root);
  await bucket.put('a/b/1', [Buffer.from('x')], { metadata: { n: '1' } });
  for (const vanished of ['a/b/.bss-meta', 'a', '.bss-tmp']) {
    await rm(join(root, vanished), { recursive: true });
    const key = `a/b/${vanished.length}`;
    assert.equal(await bucket.put(key, [Buffer.from('x')], { metadata: { n: '2' } }), 'created');
  }
});

test('without the right to write a bucket can be read', async () => {
  const root = await freshRoot();
  const writer = await openFileBucket(root);
  await writer.put('a/b', [Buffer.from('x')], { metadata: { n: '1' } });
  await chmod(root, 0o555);
  await withoutPrivileges(async () => {
    const bucket = await openFileBucket(root);
    assert.deepEqual((await bucket.head('a/b'))?.metadata, { n: '1' });
    await rejectsWith('BUCKET_READ_ONLY', bucket.put('c/d', [Buffer.from('x')]));
  });
  await chmod(root, 0o700);
  if (process.geteuid?.() === 0)
    await withoutPrivileges(() => rejectsWith('BUCKET_ACCESS_DENIED', openFileBucket(root)));
});

test('a full disk is reported, and leaves nothing behind', async () => {
  const root = await freshRoot();
  // The limit on a file's size stands for a disk that is full: both cut a write short, and then refuse the rest.
  const script = `
    import { openFileBucket } from ${JSON.stringify(import.meta.resolve('./file-bucket.ts'))};
    const bucket = await openFileBucket(process.argv[1]);
    const body = Array.from({ length: 40 }, () => Buffer.alloc(100_000, 1));
    await bucket.put('small', body.slice(0, 1), { metadata: { n: '1' } });
    await bucket.put('large', body, { metadata: { n: '2' } }).catch((error) => console.log(error.code, error.retryable));
  `;
  const run = spawnSync('sh', [
    '-c',
    'ulimit -f 2000; exec "$@"',
    'sh',
    process.execPath,
    '--input-type=module',
    '-e',
    script,
    root,
  ]);
  assert.equal(run.stdout.toString(), 'BUCKET_DISK_FULL true\n', run.stderr.toString());
  assert.deepEqual(await readdir(join(root, '.bss-tmp')), []);
  assert.deepEqual(
    (await readdir(join(root, '.bss-meta'))).map((name) => name.split('.')[0]),
    ['small'],
  );
  const bucket = await openFileBucket(root);
  assert.deepEqual(await Array.fromAsync(bucket.list(''), (entry) => entry.key), ['small']);
});

test('a writer that is killed leaves whole objects only, and all that it was told of', async () => {
  const root = await freshRoot();
  const script = `
    import { openFileBucket } from ${JSON.stringify(import.meta.resolve('./file-bucket.ts'))};
    const bucket = await openFileBucket(process.argv[1]);
    const put = async (n) => {
      await bucket.put('f/' + n, [Buffer.alloc(100_000, n % 256)], { metadata: { n: String(n) } });
      process.stdout.write(n + '\\n');
    };
    for (let n = 0; ; n += 4) await Promise.all([put(n), put(n + 1), put(n + 2), put(n + 3)]);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const announced: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    announced.push(line);
    if (announced.length === 30) child.kill('SIGKILL');
  }
  const bucket = await openFileBucket(root);
  const keys = await Array.fromAsync(bucket.list('f/'), (entry) => entry.key);
  for (const key of keys) {
    const n = Number(basename(key));
    assert.deepEqual((await bucket.head(key))?.metadata, { n: String(n) });
    assert.ok(Buffer.alloc(100_000, n % 256).equals(await bucket.get(key)));
  }
  assert.ok(announced.length >= 30);
  assert.deepEqual(
    announced.filter((n) => !keys.includes(`f/${n}`)),
    [],
  );
});

async function freshRoot(): Promise<string> {
  const root = await mkdtemp(join(base, 'root-'));
  await chmod(root, 0o755);
  return root;
}

/** Root may write everywhere; anybody else keeps their rights. */
async function withoutPrivileges(run: () => Promise<unknown>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await run();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

async function rejectsWith(code: ErrorCode, call: Promise<unknown>): Promise<Error & { hint: string | undefined }> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(isAppError(error, code), `${String(error)} is not a ${code}`);
  return error;
}
