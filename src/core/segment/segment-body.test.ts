import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecycledMemory } from '../runtime/recycled-memory.ts';
import { SegmentBody } from './segment-body.ts';

test('a body is what was appended, in order, whatever the sizes', () => {
  const sizes = fc.array(fc.oneof(fc.nat(100), fc.nat(3_000_000)), { maxLength: 8 });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const body = new SegmentBody(new RecycledMemory());
      const parts = lengths.map((length, i) => Buffer.alloc(length, `${i}:${length};`));
      for (const part of parts) body.append(part);
      const whole = Buffer.concat(parts);
      assert.equal(body.sizeBytes, whole.length);
      assert.ok(Buffer.concat(body.chunks()).equals(whole));
    }),
    { numRuns: 30 },
  );
});

test('memory of a body that was given up is used for the next one', () => {
  const memory = new RecycledMemory();
  const first = new SegmentBody(memory);
  first.append(Buffer.alloc(2_500_000, 'a'));
  const buffers = new Set(first.chunks().map(({ buffer }) => buffer));
  first.discard();
  const second = new SegmentBody(memory);
  second.append(Buffer.alloc(2_500_000, 'b'));
  assert.deepEqual(new Set(second.chunks().map(({ buffer }) => buffer)), buffers);
  assert.ok(Buffer.concat(second.chunks()).equals(Buffer.alloc(2_500_000, 'b')));
});
