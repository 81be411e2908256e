import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { writeOutput } from './write-output.ts';

test('a write waits for a reader that is behind, and not for one that keeps up', async () => {
  const output = new PassThrough({ highWaterMark: 4 });
  await writeOutput(output, 'ab');
  let written = false;
  const waiting = writeOutput(output, new Uint8Array(8)).then(() => (written = true));
  await new Promise(setImmediate);
  assert.equal(written, false);
  output.resume();
  await waiting;
  assert.equal(written, true);
});
