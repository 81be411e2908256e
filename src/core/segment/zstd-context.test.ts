import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { ZstdContext } from './zstd-context.ts';
import { zstdFrameAt } from './zstd-frame.ts';

const PARAMS = { [zlib.constants.ZSTD_c_compressionLevel]: 1, [zlib.constants.ZSTD_c_checksumFlag]: 1 };

/** Text that compresses, text that does not, none, and one for which the output has memory of its own. */
function* contents(): Generator<Buffer<ArrayBuffer>> {
  for (const length of [0, 1, 300, 100_000, 2_000_000, 5_000_000, 3]) {
    yield Buffer.from('{"id":1,"name":"Ada"}\n'.repeat(Math.ceil(length / 22)).slice(0, length));
    yield randomBytes(length);
  }
}

test('a context that is used again makes the frames that a new one makes', () => {
  const context = new ZstdContext(PARAMS);
  for (const content of contents()) {
    const frame = Buffer.from(context.compress(content));
    const chunkSize = content.length + (content.length >> 8) + 1024;
    assert.deepEqual(frame, zlib.zstdCompressSync(content, { params: PARAMS, chunkSize }), `${content.length} bytes`);
    const { length: sizeBytes } = frame;
    assert.deepEqual(zstdFrameAt(frame), { kind: 'data', sizeBytes, contentBytes: content.length, checksum: true });
  }
});

test('this Node lets contexts be used again', () => {
  assert.equal(new ZstdContext(PARAMS).isReused, true);
});
