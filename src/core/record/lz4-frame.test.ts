import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compressFrameSync } from 'lz4-napi';
import { decodeLz4Frames } from './lz4-frame.ts';

const TEXT = Buffer.from('the quick brown fox jumps over the lazy dog. '.repeat(5_000));

test('frames with block and content checksums, and several frames, are read', () => {
  const plain = compressFrameSync(TEXT);
  const checked = compressFrameSync(TEXT, { contentChecksum: true, blockChecksums: true });
  assert.deepEqual(Buffer.from(decodeLz4Frames(plain, 1e6)), TEXT);
  assert.deepEqual(Buffer.from(decodeLz4Frames(checked, 1e6)), TEXT);
  assert.deepEqual(Buffer.from(decodeLz4Frames(Buffer.concat([plain, checked]), 1e6)), Buffer.concat([TEXT, TEXT]));
});

function size(length: number, raw: boolean): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(length + (raw ? 2 ** 31 : 0));
  return field;
}

test('a block that refers back to the one before it is read when the frame says that blocks are linked', () => {
  // Flags: version 1, linked blocks; 64 KB blocks. First block: stored. Second: a match of 20 bytes, 10 back, then "!".
  const head = Buffer.of(0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0);
  const stored = Buffer.from('0123456789');
  const block = Buffer.of(0x0f, 10, 0, 1, 0x50, 0x21, 0x21, 0x21, 0x21, 0x21);
  const frame = Buffer.concat([head, size(10, true), stored, size(block.length, false), block, Buffer.alloc(4)]);
  assert.equal(Buffer.from(decodeLz4Frames(frame, 1000)).toString(), '0123456789'.repeat(3) + '!!!!!');
});

test('what is no frame, or a cut one, is refused', () => {
  const frame = compressFrameSync(TEXT);
  assert.throws(() => decodeLz4Frames(Buffer.from('not a frame'), 1e6), RangeError);
  assert.throws(() => decodeLz4Frames(frame.subarray(0, frame.length - 5), 1e6), Error);
});
