import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyBytes } from './copy-bytes.ts';

test('bytes of any memory come to their place in any other', () => {
  for (const Source of [ArrayBuffer, SharedArrayBuffer]) {
    for (const Target of [ArrayBuffer, SharedArrayBuffer]) {
      const bytes = new Uint8Array(new Source(100)).map((_, i) => i);
      const target = new Uint8Array(new Target(40), 8, 20);
      copyBytes(bytes.subarray(30, 40), target, 5);
      const expected = [0, 0, 0, 0, 0, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 0, 0, 0, 0, 0];
      assert.deepEqual([...target], expected, `${Source.name} to ${Target.name}`);
      assert.deepEqual(
        [...new Uint8Array(target.buffer, 0, 8), ...new Uint8Array(target.buffer, 28)],
        Array(20).fill(0),
      );
    }
  }
});
