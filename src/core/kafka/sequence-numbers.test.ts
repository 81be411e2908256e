import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SequenceNumbers, sequenceAfter } from './sequence-numbers.ts';

test('numbers follow on each other and are settled once all are stored', () => {
  const sequences = new SequenceNumbers();
  assert.equal(sequences.draw(10), 0);
  assert.equal(sequences.draw(5), 10);
  assert.equal(sequences.isSettled, false);
  sequences.markStored(0, 10);
  assert.equal(sequences.isSettled, false);
  sequences.markStored(10, 5);
  assert.equal(sequences.isSettled, true);
  assert.equal(sequences.draw(0), 15);
});

test('a batch numbered elsewhere counts as drawn', () => {
  const sequences = new SequenceNumbers();
  sequences.use(0, 7);
  assert.equal(sequences.isSettled, false);
  sequences.markStored(0, 7);
  assert.equal(sequences.isSettled, true);
  sequences.use(sequences.draw(3), 3);
  assert.equal(sequences.draw(0), 10);
});

test('numbers wrap as brokers wrap them', () => {
  // Kafka: DefaultRecordBatch.incrementSequence(2147483645, 5) is 2.
  assert.equal(sequenceAfter(2_147_483_645, 5), 2);
  assert.equal(sequenceAfter(2_147_483_646, 1), 2_147_483_647);
  assert.equal(sequenceAfter(2_147_483_647, 1), 0);
});
