import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bodySizeBytes, splitBody } from './object-body.ts';

test('parts of a body have the size asked for, and together are the body', () => {
  const body = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 8 });
  const property = fc.property(body, fc.integer({ min: 1, max: 12 }), (chunks, partSizeBytes) => {
    const parts = splitBody(chunks, partSizeBytes);
    const sizes = parts.map(bodySizeBytes);
    assert.ok(sizes.slice(0, -1).every((size) => size === partSizeBytes));
    assert.ok(sizes.every((size) => size > 0 && size <= partSizeBytes));
    assert.deepEqual(Buffer.concat(parts.flat()), Buffer.concat(chunks));
  });
  fc.assert(property, { numRuns: 500 });
});
