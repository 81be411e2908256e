import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { crc32c } from '../record/crc32c.ts';
import { AREA_SLACK_BYTES, CodecMemory, newCodec } from './codec-module.ts';

const codec = newCodec();
const memory = new CodecMemory(codec.memory);
const area = codec.areasStart();
memory.ensure(area + 1_000_000 + AREA_SLACK_BYTES);

function both(bytes: Uint8Array, at: number, previous: number): { readonly ours: number; readonly native: number } {
  memory.bytes.set(bytes, area + at);
  const ours = codec.crc32c(area + at, area + at + bytes.length, previous) >>> 0;
  return { ours, native: crc32c(bytes, previous) };
}

test('the codec gives the check value of CRC-32C', () => {
  assert.equal(both(Buffer.from('123456789'), 0, 0).ours, 0xe3069283);
});

test('the codec and the native library give the same checksum of any length, at any address, after any other', () => {
  for (let length = 0; length < 1000; length++) {
    const { ours, native } = both(randomBytes(length), length % 17, length % 3 === 0 ? 0 : length * 4_000_003);
    assert.equal(ours, native, `${length} bytes`);
  }
  // Around what the ways to reckon it begin with, and around whole blocks.
  const bounds = [3 * 3344, 3344 + 16_384, 3344 + 2 * 16_384, 65_521, 999_983];
  for (const length of bounds.flatMap((bound) => [bound - 1, bound, bound + 1, bound + 16])) {
    const { ours, native } = both(randomBytes(length), length % 17, 0x12345678);
    assert.equal(ours, native, `${length} bytes`);
  }
});

test('every bit counts', () => {
  const bytes = randomBytes(400);
  const sums = new Set([both(bytes, 0, 0).ours]);
  for (let bit = 0; bit < 3200; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    sums.add(both(changed, 0, 0).ours);
  }
  assert.equal(sums.size, 3201);
});
