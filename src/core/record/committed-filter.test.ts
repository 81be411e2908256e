import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { asBuffer, readBatchHeader } from './batch-header.ts';
import type { BatchHeader } from './batch-header.ts';
import { CommittedFilter, isAbortMarker } from './committed-filter.ts';
import type { AbortedTransaction } from './committed-filter.ts';
import { stampBatch } from './stamp-batch.ts';

interface Entry {
  readonly bytes: Uint8Array;
  readonly producerId: bigint;
  readonly offset: bigint;
  readonly kind: 'data' | 'commit' | 'abort';
}

function entry(offset: bigint, producerId: bigint, kind: Entry['kind']): Entry {
  const control = kind !== 'data';
  // A record: length, attributes, deltas, key (of a marker: version 0, type), no value, no headers.
  const body = control
    ? Buffer.of(20, 0, 0, 0, 8, 0, 0, 0, kind === 'abort' ? 0 : 1, 1, 0)
    : Buffer.of(14, 0, 0, 0, 1, 2, 65, 0);
  const content = { recordCount: 1, baseTimestampMs: 0n, maxTimestampMs: 0n, baseOffset: offset, control };
  const stamp = { producerId, producerEpoch: 0, baseSequence: 0, transactional: producerId >= 0n };
  return { bytes: stampBatch(body, content, stamp, 'none'), producerId, offset, kind };
}

/** Offsets of the data that a read_committed reader gets. */
function delivered(entries: readonly Entry[], aborted: readonly AbortedTransaction[]): bigint[] {
  const filter = new CommittedFilter(aborted);
  return entries.flatMap(({ bytes }) => {
    const buffer = asBuffer(bytes);
    const header: BatchHeader | undefined = readBatchHeader(buffer, 0, 't-0');
    assert(header);
    const aborts = filter.aborts(header, () => isAbortMarker(buffer, header));
    return aborts || header.control ? [] : [header.baseOffset];
  });
}

const begun = (producerId: bigint, firstOffset: bigint): AbortedTransaction => ({ producerId, firstOffset });

test('one aborted transaction whose marker is in the response; the next one of its producer is delivered', () => {
  const log = [entry(0n, 7n, 'data'), entry(1n, 7n, 'abort'), entry(2n, 7n, 'data'), entry(3n, 7n, 'commit')];
  assert.deepEqual(delivered(log, [begun(7n, 0n)]), [2n]);
});

test('an aborted transaction whose marker is not in this response', () => {
  assert.deepEqual(delivered([entry(0n, 7n, 'data'), entry(1n, 7n, 'data')], [begun(7n, 0n)]), []);
});

test('two aborted transactions of the same producer, listed out of order', () => {
  const log = [entry(0n, 7n, 'data'), entry(1n, 7n, 'abort'), entry(2n, 7n, 'data'), entry(3n, 7n, 'abort')];
  assert.deepEqual(delivered(log, [begun(7n, 2n), begun(7n, 0n)]), []);
});

test('an aborted transaction that began before the response', () => {
  const log = [entry(10n, 7n, 'data'), entry(11n, 8n, 'data'), entry(12n, 7n, 'abort'), entry(13n, 7n, 'data')];
  assert.deepEqual(delivered(log, [begun(7n, 3n)]), [11n, 13n]);
});

test('a COMMIT marker of the same producer does not end an aborted transaction that begins later', () => {
  const log = [entry(0n, 7n, 'data'), entry(1n, 7n, 'commit'), entry(2n, 7n, 'data'), entry(3n, 7n, 'abort')];
  assert.deepEqual(delivered(log, [begun(7n, 2n)]), [0n]);
});

test('records outside transactions are delivered beside aborted ones of the same producer id', () => {
  const plain = { ...entry(1n, 7n, 'data') };
  const content = { recordCount: 1, baseTimestampMs: 0n, maxTimestampMs: 0n, baseOffset: 1n };
  const idempotent = { producerId: 7n, producerEpoch: 0, baseSequence: 0, transactional: false };
  const bytes = stampBatch(Buffer.of(14, 0, 0, 0, 1, 2, 65, 0), content, idempotent, 'none');
  assert.deepEqual(delivered([entry(0n, 7n, 'data'), { ...plain, bytes }], [begun(7n, 0n)]), [1n]);
});

function isMarker(kind: Entry['kind']): boolean {
  const bytes = asBuffer(entry(5n, 7n, kind).bytes);
  const header = readBatchHeader(bytes, 0, 't-0');
  assert(header);
  return isAbortMarker(bytes, header);
}

test('only an ABORT marker is one', () => {
  assert.deepEqual([isMarker('abort'), isMarker('commit'), isMarker('data')], [true, false, false]);
});

/** A log of transactions by some producers, and what of it a broker would list for a response `from..to`. */
const logs = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom('data', 'data', 'commit', 'abort')), {
  maxLength: 40,
});

test('I1: any cut of any log: exactly the data of transactions that are not aborted', () => {
  fc.assert(
    fc.property(logs, fc.nat(40), fc.nat(40), (steps, from, length) => {
      const open = new Map<number, { first: bigint; data: bigint[] }>();
      const entries: Entry[] = [];
      const aborted: (AbortedTransaction & { end: bigint })[] = [];
      const lost = new Set<bigint>();
      steps.forEach(([producer, kind], i) => {
        const offset = BigInt(i);
        // Producer 0 is not transactional.
        const wanted = producer === 0 ? 'data' : kind === 'data' || open.has(producer) ? kind : 'data';
        entries.push(entry(offset, producer === 0 ? -1n : BigInt(producer), wanted));
        if (producer === 0) return;
        const transaction = open.get(producer) ?? { first: offset, data: [] };
        if (wanted === 'data') {
          transaction.data.push(offset);
          open.set(producer, transaction);
          return;
        }
        open.delete(producer);
        if (wanted !== 'abort') return;
        for (const each of transaction.data) lost.add(each);
        aborted.push({ producerId: BigInt(producer), firstOffset: transaction.first, end: offset });
      });
      const stable = [...open.values()].reduce((min, { first }) => (first < min ? first : min), BigInt(entries.length));
      const [start, end] = [BigInt(from), BigInt(from + length)];
      const cut = entries.filter(({ offset }) => offset >= start && offset < end && offset < stable);
      const listed = aborted.filter((each) => each.firstOffset < end && each.end >= start);
      const expected = cut
        .filter(({ kind, offset }) => kind === 'data' && !lost.has(offset))
        .map(({ offset }) => offset);
      assert.deepEqual(delivered(cut, listed), expected);
    }),
    { numRuns: 500 },
  );
});
