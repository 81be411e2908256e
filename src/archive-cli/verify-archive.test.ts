import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SampleArchive } from '../../test/harness/sample-archive.ts';
import { buildIndex } from '../core/archive/segment-index.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { openFileBucket } from '../core/bucket/file-bucket.ts';
import { MemoryBucket } from '../core/bucket/memory-bucket.ts';
import { isAppError } from '../core/errors.ts';
import type { SegmentCompression } from '../core/segment/segment-metadata.ts';
import { catRecords } from './cat-records.ts';
import { verifyArchive, type VerifyScope } from './verify-archive.ts';
import type { Finding } from './verify-finding.ts';

const COMPRESSIONS: readonly SegmentCompression[] = ['none', 'gzip', 'zstd'];
const ENDINGS = { none: 'jsonl', gzip: 'jsonl.gz', zstd: 'jsonl.zst' } as const;

async function findings(bucket: Bucket, scope?: VerifyScope): Promise<Finding[]> {
  const steps = await Array.fromAsync(verifyArchive(bucket, scope));
  return steps.flatMap((step) => step.findings);
}

/** Names and objects, without what is said of them. */
async function names(bucket: Bucket): Promise<string[]> {
  const shown = (await findings(bucket)).map(({ name, key, offsets }) =>
    [
      name,
      key.split('/').slice(2).join('/'),
      ...(offsets === undefined ? [] : [`${offsets.start}-${offsets.end}`]),
    ].join(' '),
  );
  return shown.toSorted();
}

async function fill(bucket: Bucket, compression: SegmentCompression): Promise<SampleArchive> {
  const archive = await SampleArchive.create(bucket);
  await archive.store(0, { start: 0n, end: 100n, compression });
  await archive.store(0, { start: 100n, end: 200n, compression, compacted: [150n, 151n] });
  await archive.store(0, { start: 200n, end: 300n, compression });
  const precedingGap = { range: { start: 300n, end: 310n }, reason: 'expired' as const };
  await archive.store(0, { start: 310n, end: 320n, compression, precedingGap });
  return archive;
}

/** Puts other bytes, or other metadata, in an object's place. */
async function replace(
  bucket: Bucket,
  key: string,
  body: Uint8Array,
  metadata?: Record<string, string>,
): Promise<void> {
  const info = await bucket.head(key);
  await bucket.delete(key);
  await bucket.put(key, [body], { metadata: metadata ?? info?.metadata ?? {} });
}

async function onDisk(
  compression: SegmentCompression,
  run: (bucket: Bucket, path: (start: number) => string) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'bss-verify-'));
  try {
    const bucket = await openFileBucket(root);
    await fill(bucket, compression);
    await run(bucket, (start) =>
      join(root, 'orders/0001/0', `${String(start).padStart(20, '0')}.${ENDINGS[compression]}`),
    );
  } finally {
    await rm(root, { recursive: true });
  }
}

for (const compression of COMPRESSIONS) {
  const file = (start: number): string => `0/${String(start).padStart(20, '0')}.${ENDINGS[compression]}`;

  test(`${compression}: an archive as it was written has no findings`, async () => {
    await onDisk(compression, async (bucket) => {
      await buildIndex(bucket, { folder: 'orders', source: 1, partition: 0 }, { sizes: { narrow: 4, wide: 4 } });
      const steps = await Array.fromAsync(verifyArchive(bucket, { folder: 'orders' }));
      assert.deepEqual(
        steps.flatMap((step) => step.findings),
        [],
      );
      assert.equal(
        steps.reduce((sum, step) => sum + step.recordCount, 0),
        308,
      );
      assert.equal(
        steps.reduce((sum, step) => sum + step.segmentCount, 0),
        4,
      );
    });
  });

  test(`${compression}: a flipped byte is found, with its place`, async () => {
    await onDisk(compression, async (bucket, path) => {
      const bytes = await readFile(path(100));
      const place = Math.floor(bytes.length / 3);
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      await writeFile(path(100), bytes);
      const found = await findings(bucket);
      assert.deepEqual(
        found.map(({ name }) => name),
        [compression === 'none' ? 'segment-differs' : 'segment-damaged'],
      );
      const [finding] = found;
      assert.equal(finding?.key, `orders/0001/${file(100)}`);
      // The frame that holds the byte; of lines that are not compressed the checksum of the whole is wrong.
      if (compression !== 'none') assert.ok(finding.position !== undefined && finding.position <= place);
    });
  });

  test(`${compression}: a truncated segment is found`, async () => {
    await onDisk(compression, async (bucket, path) => {
      const bytes = await readFile(path(100));
      await truncate(path(100), Math.floor(bytes.length / 2));
      const found = await names(bucket);
      // Its trailer is gone with its end, or it never had one, so nothing tells what it covered.
      const damaged = compression === 'none' ? [`metadata-damaged ${file(100)}`] : [];
      assert.deepEqual(found, [...damaged, 'offsets-missing 0/ 100-200', `segment-damaged ${file(100)}`]);
    });
  });

  test(`${compression}: a deleted segment is found`, async () => {
    await onDisk(compression, async (bucket, path) => {
      await rm(path(100));
      assert.deepEqual(await names(bucket), ['offsets-missing 0/ 100-200']);
    });
  });

  test(`${compression}: a copy under another name is found`, async () => {
    await onDisk(compression, async (bucket, path) => {
      await copyFile(path(100), path(150));
      const copy = compression === 'none' ? ['metadata-damaged'] : ['metadata-missing', 'segment-misnamed'];
      assert.deepEqual(
        await names(bucket),
        copy.map((name) => `${name} ${file(150)}`),
      );
    });
  });

  test(`${compression}: two segments that changed places are found`, async () => {
    await onDisk(compression, async (bucket, path) => {
      await rename(path(100), `${path(100)}.old`);
      await rename(path(200), path(100));
      await rename(`${path(100)}.old`, path(200));
      const found = await names(bucket);
      for (const start of [100, 200]) {
        const named = found.filter((each) => each.endsWith(file(start)));
        assert.ok(
          named.some((each) => /^(segment-misnamed|metadata-damaged)/.test(each)),
          found.join(),
        );
      }
      assert.ok(found.includes('offsets-missing 0/ 100-300'), found.join());
    });
  });

  test(`${compression}: whatever byte is flipped, it is found or changes nothing, and cat gives no wrong record`, async () => {
    const whole = new MemoryBucket('flip');
    const archive = await SampleArchive.create(whole);
    const { key } = await archive.store(0, { start: 5n, end: 11n, compression, compacted: [7n] });
    const body = await whole.get(key);
    const lines = Buffer.concat(await Array.fromAsync(catRecords(whole, 'orders')));
    let harmless = 0;
    for (let place = 0; place < body.length; place += 3) {
      const flipped = Buffer.from(body);
      flipped[place] = (flipped[place] ?? 0) ^ (1 << (place % 8));
      await replace(whole, key, flipped);
      const found = await findings(whole);
      if (found.length > 0) continue;
      harmless++;
      assert.deepEqual(Buffer.concat(await Array.fromAsync(catRecords(whole, 'orders'))), lines, `byte ${place}`);
    }
    // Padding between the bits that a decompressor looks at.
    assert.ok(harmless <= 5, `${harmless} flips were not found`);
  });

  test(`${compression}: wherever a segment is cut, it is found`, async () => {
    const whole = new MemoryBucket('cut');
    const archive = await SampleArchive.create(whole);
    const { key } = await archive.store(0, { start: 5n, end: 9n, compression });
    const body = await whole.get(key);
    for (let length = 0; length < body.length; length += 3) {
      await replace(whole, key, body.subarray(0, length));
      assert.notDeepEqual(await findings(whole), [], `cut to ${length} bytes`);
    }
  });
}

test('object metadata that lies is found, whatever it lies about', async () => {
  const bucket = new MemoryBucket('lie');
  const archive = await fill(bucket, 'zstd');
  const { key } = await archive.store(1, { start: 10n, end: 30n, compacted: [12n] });
  const info = await bucket.head(key);
  const body = await bucket.get(key);
  assert.ok(info !== undefined);
  const lies: Record<string, string> = {
    'bss-end': '31',
    'bss-records': '20',
    'bss-first-offset': '11',
    'bss-last-offset': '28',
    'bss-min-timestamp': '1',
    'bss-max-timestamp': '1',
    'bss-lines-bytes': '1',
    'bss-lines-crc32c': '00000000',
    'bss-gap-counts': 'aborted:1',
    'bss-writer': 'somebody',
  };
  for (const [name, value] of Object.entries(lies)) {
    await replace(bucket, key, body, { ...info.metadata, [name]: value });
    assert.deepEqual(
      (await findings(bucket)).map((finding) => finding.name),
      ['metadata-differs'],
      name,
    );
  }
  for (const [name, value] of Object.entries({ 'bss-start': '11', 'bss-partition': '2', 'bss-compression': 'gzip' })) {
    await replace(bucket, key, body, { ...info.metadata, [name]: value });
    assert.deepEqual(
      (await findings(bucket)).map((finding) => finding.name),
      ['metadata-differs'],
      name,
    );
  }
  await replace(bucket, key, body, { ...info.metadata, 'bss-format': '2' });
  assert.ok((await names(bucket)).some((name) => name.startsWith('segment-unsupported')));
  await replace(bucket, key, body, { ...info.metadata, 'bss-records': 'many' });
  assert.ok((await names(bucket)).some((name) => name.startsWith('metadata-damaged')));
});

test('without compression the metadata has only the lines to agree with', async () => {
  const bucket = new MemoryBucket('plain lie');
  const archive = await SampleArchive.create(bucket);
  const { key } = await archive.store(1, { start: 10n, end: 30n, compression: 'none', compacted: [12n] });
  const info = await bucket.head(key);
  const body = await bucket.get(key);
  for (const [name, value] of Object.entries({
    'bss-records': '20',
    'bss-end': '29',
    'bss-max-timestamp': '1',
    'bss-gaps': 'compacted:13-14',
  })) {
    await replace(bucket, key, body, { ...info?.metadata, [name]: value });
    assert.ok(
      (await findings(bucket)).every((finding) => finding.name === 'segment-differs'),
      name,
    );
    assert.notDeepEqual(await findings(bucket), [], name);
  }
});

test('segments without any source record are found, and directories of others are left alone', async () => {
  const bucket = new MemoryBucket('no source');
  await fill(bucket, 'zstd');
  await bucket.put('logs/2026/01/app.log', [Buffer.from('x')]);
  assert.deepEqual(await findings(bucket), []);
  await bucket.delete('orders/_sources/0001.json');
  assert.deepEqual(await names(bucket), ['source-record-missing 0001.json']);
});

test('sources, strangers and strays are found', async () => {
  const bucket = new MemoryBucket('strangers');
  const archive = await fill(bucket, 'zstd');
  const other = await SampleArchive.create(bucket, 'orders', 'topic-id-2');
  const { key } = await other.store(0, { start: 400n, end: 410n });
  const foreign = key.replace('/0002/', '/0001/');
  const info = await bucket.head(key);
  await bucket.put(foreign, [await bucket.get(key)], { metadata: info?.metadata ?? {} });
  await bucket.put('orders/0001/0/notes.txt', [Buffer.from('x')]);
  await bucket.put('orders/0007/0/00000000000000000000.jsonl', [Buffer.from('')]);
  const found = await names(bucket);
  assert.deepEqual(
    found.filter((name) => !name.endsWith('0000.jsonl')),
    ['object-stray 0/notes.txt', 'segment-foreign 0/00000000000000000400.jsonl.zst', 'source-record-missing 0007.json'],
  );
  await bucket.delete('orders/_sources/0002.json');
  await bucket.put('orders/_sources/0002.json', [Buffer.from('nonsense')]);
  assert.ok((await names(bucket)).includes('source-record-damaged 0002.json'));
  assert.equal(archive.source.number, 1);
});

test('an index that is damaged, stale, or knows of a deleted segment is found', async () => {
  const sizes = { narrow: 4, wide: 4 };
  const indexed = async (): Promise<Bucket> => {
    const bucket = new MemoryBucket('index');
    const archive = await fill(bucket, 'zstd');
    await buildIndex(bucket, archive.location(0), { sizes });
    assert.deepEqual(await names(bucket), []);
    return bucket;
  };
  const last = 'orders/0001/0/00000000000000000310.jsonl.zst';
  const deleted = await indexed();
  await deleted.delete(last);
  assert.deepEqual(await names(deleted), ['segment-missing 0/00000000000000000310.jsonl.zst']);
  const damaged = await indexed();
  const [index] = await Array.fromAsync(damaged.list('orders/_index/'));
  assert.ok(index !== undefined);
  await replace(damaged, index.key, Buffer.from('nonsense'));
  assert.deepEqual(
    (await names(damaged)).map((name) => name.split(' ')[0]),
    ['index-damaged'],
  );
  const late = await indexed();
  await (await SampleArchive.create(late)).store(0, { start: 100n, end: 120n, compression: 'gzip' });
  assert.deepEqual([...new Set((await names(late)).map((name) => name.split(' ')[0]))], ['index-stale']);
});

test('a folder that is not there is an error, a scope is kept to', async () => {
  const bucket = new MemoryBucket('scope');
  await fill(bucket, 'zstd');
  await bucket.put('somebody/else/file.txt', [Buffer.from('x')]);
  for (const folder of ['absent', '_sources', 'somebody']) {
    await assert.rejects(findings(bucket, { folder }), (error) => isAppError(error, 'ARCHIVE_FOLDER_MISSING'), folder);
  }
  await bucket.delete('orders/0001/0/00000000000000000100.jsonl.zst');
  assert.deepEqual(await findings(bucket, { partition: 1 }), []);
  assert.equal((await findings(bucket, { folder: 'orders', partition: 0 })).length, 1);
});
