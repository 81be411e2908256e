import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecycledMemory } from './recycled-memory.ts';

const MEGABYTE = 1024 * 1024;

test('memory that was given back is used again for what fits', () => {
  const memory = new RecycledMemory({ idleBytesMax: 48 * MEGABYTE });
  const first = memory.take(4 * MEGABYTE - 5);
  assert.equal(first.byteLength, 4 * MEGABYTE);
  memory.give(first);
  assert.notEqual(memory.take(4 * MEGABYTE + 1), first);
  assert.equal(memory.take(3 * MEGABYTE), first);
  assert.notEqual(memory.take(3 * MEGABYTE), first);
});

test('a small piece does not take large memory, and the best fit is taken', () => {
  const memory = new RecycledMemory({ idleBytesMax: 48 * MEGABYTE });
  const [large, medium] = [memory.take(8 * MEGABYTE), memory.take(2 * MEGABYTE)];
  memory.give(large);
  memory.give(medium);
  assert.notEqual(memory.take(MEGABYTE / 4), medium);
  assert.equal(memory.take(2 * MEGABYTE - 1), medium);
  assert.equal(memory.take(1000).byteLength, 1000);
});

test('I9: what lies idle is bounded', () => {
  const memory = new RecycledMemory({ idleBytesMax: 48 * MEGABYTE });
  const given = Array.from({ length: 100 }, () => memory.take(MEGABYTE));
  for (const buffer of given) memory.give(buffer);
  const again = Array.from({ length: 100 }, () => memory.take(MEGABYTE));
  assert.equal(again.filter((buffer) => given.includes(buffer)).length, 48);
});
