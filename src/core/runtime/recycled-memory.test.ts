import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecycledMemory } from './recycled-memory.ts';

const KIBIBYTE = 1024;
const MEGABYTE = 1024 * KIBIBYTE;

test('memory that was given back is used again for what fits', () => {
  const memory = new RecycledMemory();
  const first = memory.take(2 * MEGABYTE + 5);
  assert.ok(first instanceof SharedArrayBuffer && first.byteLength >= 2 * MEGABYTE + 5);
  memory.give(first);
  assert.notEqual(memory.take(3 * MEGABYTE), first);
  assert.equal(memory.take(MEGABYTE), first);
  assert.notEqual(memory.take(MEGABYTE), first);
});

test('the smallest piece that fits is taken', () => {
  const memory = new RecycledMemory();
  const [large, small, medium] = [memory.take(4 * MEGABYTE), memory.take(100_000), memory.take(MEGABYTE)];
  for (const piece of [large, small, medium]) memory.give(piece);
  assert.equal(memory.take(MEGABYTE - 1), medium);
  assert.equal(memory.take(100_000), small);
  assert.equal(memory.take(100_000), large);
});

test('what is small or huge is nobody else’s, and is not kept', () => {
  const memory = new RecycledMemory();
  for (const bytes of [0, 1000, 100 * MEGABYTE]) {
    const own = memory.take(bytes);
    assert.ok(own instanceof ArrayBuffer && own.byteLength === bytes);
    memory.give(own);
    assert.notEqual(memory.take(bytes), own);
  }
});

test('I9: there are never more pieces than were in use at once', () => {
  const memory = new RecycledMemory();
  const pieces = new Set<ArrayBufferLike>();
  for (let round = 0; round < 100; round++) {
    const taken = Array.from({ length: 5 }, (_, i) => memory.take(MEGABYTE + 500 * (i + round)));
    for (const piece of taken) pieces.add(piece);
    for (const piece of taken) memory.give(piece);
  }
  assert.equal(pieces.size, 5);
});
