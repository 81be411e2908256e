import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FetchRequest } from '../core/kafka/kafka-client.ts';
import { writeBatch } from '../core/record/batch-records.ts';
import type { Offset } from '../core/record/topic-partition.ts';
import type { EncoderHandle, FinishedSegment } from '../core/segment/segment-threads.ts';
import { encodeSegment, type SegmentTarget } from './encode-segment.ts';

const BATCH_RECORDS = 10;
const VALUE = new Uint8Array(100).fill(97);
const at = { topic: 't', partition: 0 };
const stamp = { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false };

/** A log of batches of ten records; a fetch gives as many whole batches as fit, at least one. */
function logUpTo(
  end: Offset,
  lastStableOffset: (fetches: number) => Offset,
): {
  readonly fetches: FetchRequest[];
  fetch(request: FetchRequest): Promise<Fetched>;
  readonly recycled: ArrayBufferLike[];
  recycle(memory: ArrayBufferLike): void;
} {
  const fetches: FetchRequest[] = [];
  const recycled: ArrayBufferLike[] = [];
  return {
    fetches,
    recycled,
    recycle: (memory) => void recycled.push(memory),
    fetch: async (request) => {
      fetches.push(request);
      const stable = lastStableOffset(fetches.length);
      await Promise.resolve();
      const batches: Uint8Array[] = [];
      let bytes = 0;
      for (let base = request.offset - (request.offset % 10n); base < end; base += 10n) {
        const batch = batchAt(base);
        if (batches.length > 0 && bytes + batch.length > request.bytesMax) break;
        batches.push(batch);
        bytes += batch.length;
      }
      const joined = new Uint8Array(Buffer.concat(batches));
      return {
        bytes: joined,
        highWatermark: end,
        lastStableOffset: stable,
        logStartOffset: 0n,
        abortedTransactions: [],
      };
    },
  };
}

interface Fetched {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly highWatermark: Offset;
  readonly lastStableOffset: Offset;
  readonly logStartOffset: Offset;
  readonly abortedTransactions: readonly [];
}

function batchAt(base: Offset): Uint8Array {
  const records = Array.from({ length: BATCH_RECORDS }, (_, i) => ({
    offset: base + BigInt(i),
    timestampMs: 0n,
    timestampType: 'CreateTime' as const,
    key: null,
    value: VALUE,
    headers: [],
  }));
  return writeBatch(records, stamp, 'none', base);
}

/** An encoder that tells how far behind it was left, and makes twice the bytes of what it is given. */
function recordingEncoder(): EncoderHandle & {
  readonly ahead: number[];
  finished: Offset | undefined;
  discarded: boolean;
} {
  let waiting = 0;
  let linesBytes = 0;
  return {
    ahead: [],
    finished: undefined,
    discarded: false,
    async push(fetched, limit) {
      this.ahead.push(++waiting);
      linesBytes += 2 * fetched.bytes.length;
      const progress = { position: limit, recordCount: 0, linesBytes, bodyBytes: 0 };
      await new Promise((resolve) => setImmediate(resolve));
      waiting--;
      return progress;
    },
    async finish(end) {
      this.finished = end;
      await Promise.resolve();
      return { metadata: {}, body: [], bodyBytes: 0, release: () => undefined } as unknown as FinishedSegment;
    },
    discard() {
      this.discarded = true;
    },
  };
}

function target(changes: Partial<SegmentTarget>): SegmentTarget {
  const limit = 2n ** 63n - 1n;
  return {
    at,
    topicId: 'id',
    start: 0n,
    stopAt: 1000n,
    limit,
    segmentBytes: 1e9,
    isolation: 'read_committed',
    ...changes,
  };
}

interface EncodeOptions {
  readonly cut?: AbortSignal;
  /** As the n-th fetch tells it; absent: the log's end. */
  readonly lastStableOffset?: (fetches: number) => Offset;
}

async function encode(changes: Partial<SegmentTarget>, end: Offset, options: EncodeOptions = {}) {
  const { cut = new AbortController().signal, lastStableOffset = () => end } = options;
  const log = logUpTo(end, lastStableOffset);
  const encoder = recordingEncoder();
  const seen: Offset[] = [];
  const io = { kafka: log, fetch: { bytesMax: 3000, waitMs: 0 }, logEndSeen: (e: Offset) => void seen.push(e), cut };
  const segment = await encodeSegment(target(changes), encoder, io);
  return { segment, encoder, log, seen };
}

test('a segment ends where the backlog ended when it began, at a whole batch', async () => {
  const { encoder, seen } = await encode({ stopAt: 95n }, 200n);
  assert.equal(encoder.finished, 100n);
  assert.equal(seen.at(-1), 200n);
});

test('I2: a segment never reaches into one that exists', async () => {
  const { encoder } = await encode({ stopAt: 95n, limit: 42n }, 200n);
  assert.equal(encoder.finished, 42n);
});

test('batches after the last stable offset that a fetch tells are not counted as read: the next one gives them', async () => {
  const { encoder, log } = await encode({ stopAt: 100n }, 100n, {
    lastStableOffset: (fetches) => (fetches === 1 ? 10n : 100n),
  });
  assert.equal(log.fetches[1]?.offset, 10n);
  assert.equal(encoder.finished, 100n);
  const { segment, encoder: none } = await encode({ start: 20n }, 100n, { lastStableOffset: () => 20n });
  assert.deepEqual([segment, none.ahead], [undefined, []]);
  const uncommitted = await encode({ isolation: 'read_uncommitted', stopAt: 100n }, 100n, {
    lastStableOffset: () => 0n,
  });
  assert.equal(uncommitted.encoder.finished, 100n);
});

test('a segment is full at about its size, however much waits', async () => {
  const { encoder } = await encode({ segmentBytes: 40_000, stopAt: 100_000n }, 100_000n);
  const bytes = Number(encoder.finished ?? 0n) * 2 * (batchAt(0n).length / BATCH_RECORDS);
  assert.ok(bytes >= 36_000 && bytes <= 50_000, `${bytes}`);
});

test('I9: at most three fetches are in memory beside the segment', async () => {
  const { encoder } = await encode({}, 1000n);
  assert.ok(encoder.ahead.length > 10);
  assert.ok(Math.max(...encoder.ahead) <= 3, String(encoder.ahead));
});

test('the memory of every fetch is given back once', async () => {
  for (const end of [1000n, 0n]) {
    const { log } = await encode({}, end);
    assert.equal(log.recycled.length, log.fetches.length);
    assert.equal(new Set(log.recycled).size, log.recycled.length);
  }
});

test('a log that gives nothing makes no segment', async () => {
  const { segment, encoder } = await encode({ start: 200n }, 200n);
  assert.equal(segment, undefined);
  assert.equal(encoder.finished, undefined);
  assert.equal(encoder.discarded, true);
});

test('a cut ends the segment with what it has', async () => {
  const cut = new AbortController();
  cut.abort();
  const { segment, log } = await encode({}, 1000n, { cut: cut.signal });
  assert.equal(segment, undefined);
  assert.equal(log.fetches.length, 0);
});
