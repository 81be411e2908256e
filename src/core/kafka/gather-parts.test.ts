import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gatherParts } from './gather-parts.ts';

test('the bytes stay the same, and no two short parts stand together', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 12 })), (parts) => {
      const gathered = gatherParts(parts, 6);
      assert.equal(Buffer.concat(gathered).toString('hex'), Buffer.concat(parts).toString('hex'));
      const longParts = parts.filter((part) => part.length > 6);
      assert.ok(gathered.length <= 2 * longParts.length + 1);
    }),
  );
});

test('long parts are not copied', () => {
  const batch = new Uint8Array(100);
  assert.equal(gatherParts([new Uint8Array(2), new Uint8Array(3), batch, new Uint8Array(1)], 50)[1], batch);
});
