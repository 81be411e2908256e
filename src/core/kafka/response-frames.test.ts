import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecycledMemory } from '../runtime/recycled-memory.ts';
import { ResponseFrames } from './response-frames.ts';

const FRAME_BYTES_MAX = 1024 * 1024;

/** Feeds a stream as a socket would: never more than the target holds, and at most `readMax` at once. */
function feed(frames: ResponseFrames, stream: Uint8Array, readMax: number): { got: Buffer[]; nonsense: boolean } {
  const got: Buffer[] = [];
  for (let at = 0; at < stream.length;) {
    const target = frames.target();
    assert.ok(target.length > 0);
    const read = Math.min(target.length, readMax, stream.length - at);
    target.set(stream.subarray(at, at + read));
    at += read;
    const outcome = frames.accept(read);
    got.push(...outcome.frames);
    if (outcome.nonsense !== undefined) return { got, nonsense: true };
  }
  return { got, nonsense: false };
}

function streamOf(bodies: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(body.length);
      return [length, body];
    }),
  );
}

test('responses are the same however the stream is cut', () => {
  const body = fc.uint8Array({ minLength: 4, maxLength: 40_000 });
  fc.assert(
    fc.property(fc.array(body, { maxLength: 8 }), fc.integer({ min: 1, max: 50_000 }), (bodies, readMax) => {
      const { got, nonsense } = feed(
        new ResponseFrames(FRAME_BYTES_MAX, new RecycledMemory()),
        streamOf(bodies),
        readMax,
      );
      assert.equal(nonsense, false);
      assert.deepEqual(
        got.map((frame) => frame.toString('hex')),
        bodies.map((expected) => Buffer.from(expected).toString('hex')),
      );
    }),
    { numRuns: 60 },
  );
});

test('each response owns its memory', () => {
  const { got } = feed(
    new ResponseFrames(FRAME_BYTES_MAX, new RecycledMemory()),
    streamOf([Buffer.alloc(5, 1), Buffer.alloc(20_000, 2)]),
    64,
  );
  for (const frame of got) assert.equal(frame.buffer.byteLength, frame.length);
  assert.equal(new Set(got.map((frame) => frame.buffer)).size, 2);
});

test('a length that makes no sense ends the stream', () => {
  for (const length of [-1, 0, 3, FRAME_BYTES_MAX + 1, 0x48545450]) {
    const bytes = Buffer.alloc(8);
    bytes.writeInt32BE(length);
    assert.equal(
      feed(new ResponseFrames(FRAME_BYTES_MAX, new RecycledMemory()), bytes, 3).nonsense,
      true,
      String(length),
    );
  }
});
