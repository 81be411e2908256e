import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { isAppError } from '../../core/errors.ts';
import type { ByteInput } from './byte-input.ts';
import { decompressed, plainName } from './decompress.ts';
import { streamInput } from './stream-input.ts';

const SKIPPABLE = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function inputOf(name: string, bytes: Uint8Array, size = 7): ByteInput {
  return streamInput(name, inPieces(bytes, size));
}

async function contents(input: ByteInput): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(input.open()));
}

async function refusal(input: ByteInput): Promise<string> {
  try {
    await contents(input);
  } catch (error) {
    assert.ok(isAppError(error, 'LOAD_INPUT_UNREADABLE'), String(error));
    assert.equal(error.subject, input.name);
    return `${error.message} ${error.hint ?? ''}`;
  }
  return assert.fail(`${input.name} was read to its end`);
}

test('whatever is in several members or frames comes out whole, at every size of the pieces', async () => {
  const part = fc.uint8Array({ maxLength: 3000 });
  const parts = fc.array(fc.record({ bytes: part, skippable: fc.boolean() }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(parts, fc.integer({ min: 1, max: 400 }), async (given, size) => {
      const expected = Buffer.concat(given.map(({ bytes }) => bytes));
      const gzip = Buffer.concat(given.map(({ bytes }) => gzipSync(bytes)));
      const zstd = given.flatMap(({ bytes, skippable }) => [
        ...(skippable ? [SKIPPABLE] : []),
        zstdCompressSync(bytes),
      ]);
      assert.ok(expected.equals(await contents(decompressed(inputOf('a.gz', gzip, size)))));
      assert.ok(expected.equals(await contents(decompressed(inputOf('a', Buffer.concat(zstd), size)))));
    }),
    { numRuns: 60 },
  );
});

test('frames of many blocks, repeated bytes and checksums are followed', async () => {
  const bytes = Buffer.concat([Buffer.alloc(700_000, 'x'), Buffer.from('abc'.repeat(100_000)), Buffer.alloc(300_000)]);
  const twice = Buffer.concat([zstdCompressSync(bytes), zstdCompressSync(bytes, { params: { 201: 1 } })]);
  const found = await contents(decompressed(inputOf('a.zst', twice, 1000)));
  assert.ok(found.equals(Buffer.concat([bytes, bytes])));
});

test('an end that comes too early is never taken for the end', async () => {
  const bytes = Buffer.from('some text that is long enough. '.repeat(50));
  for (const [name, packed] of [
    ['x.gz', Buffer.concat([gzipSync(bytes), gzipSync(bytes)])],
    ['x.zst', Buffer.concat([zstdCompressSync(bytes), zstdCompressSync(bytes)])],
  ] as const) {
    for (let cut = 1; cut < packed.length / 2; cut++) {
      const message = await refusal(decompressed(inputOf(name, packed.subarray(0, packed.length - cut))));
      assert.match(message, /data end too early \(after \d+ bytes/);
    }
  }
});

test('damage is refused with its place', async () => {
  const packed = gzipSync(Buffer.from('some text'.repeat(1000)));
  packed[30] = (packed[30] ?? 0) ^ 0xff;
  assert.match(await refusal(decompressed(inputOf('x.gz', packed))), /cannot read x\.gz: the gzip data are damaged/);
  const zstd = Buffer.concat([zstdCompressSync(Buffer.from('text')), Buffer.from('garbage')]);
  assert.match(await refusal(decompressed(inputOf('x.zst', zstd))), /what follows a frame is none/);
});

test('a compression that cannot be read says how to decompress it', async () => {
  const bzip2 = decompressed(inputOf('dump.sql.bz2', Buffer.from('BZh91AY')));
  assert.match(await refusal(bzip2), /compressed with bzip2.*bzip2 -dc dump\.sql\.bz2 \| bss load -/s);
  const xz = decompressed(inputOf('dump', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0])));
  assert.match(await refusal(xz), /compressed with xz/);
});

test('a name that promises what the bytes are not is refused', async () => {
  assert.match(await refusal(decompressed(inputOf('x.csv.gz', Buffer.from('id\n1\n')))), /its first bytes do not/);
  assert.match(await refusal(decompressed(inputOf('x.csv.gz', Buffer.alloc(0)))), /It is empty/);
});

test('plain bytes stay what they are', async () => {
  for (const text of ['', 'i', 'id,name\n1,"x"\n']) {
    const bytes = Buffer.from(text);
    assert.ok(bytes.equals(await contents(decompressed(inputOf('x.csv', bytes)))));
  }
});

test('an input that can be read but once says so the second time', async () => {
  const input = decompressed(inputOf('standard input', Buffer.from('abc')));
  assert.equal((await contents(input)).toString(), 'abc');
  assert.equal(input.readBytes, 3);
  assert.match(await refusal(input), /can be read but once/);
});

test('names lose the suffix of their compression', () => {
  assert.equal(plainName('a/orders.csv.gz'), 'a/orders.csv');
  assert.equal(plainName('orders.sql.zst'), 'orders.sql');
  assert.equal(plainName('orders.sql'), 'orders.sql');
});
