import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearestName, suggestion } from './nearest-name.ts';

const KNOWN = ['kafka.brokers', 'kafka.clientId', 'storer.workers', 'storer.rotation.ageMax'];

test('a slip is recognised, something else is not', () => {
  assert.equal(nearestName('kafka.broker', KNOWN), 'kafka.brokers');
  assert.equal(nearestName('kafka.clientid', KNOWN), 'kafka.clientId');
  assert.equal(nearestName('storer.wrokers', KNOWN), 'storer.workers');
  assert.equal(nearestName('completely.different', KNOWN), undefined);
  assert.equal(suggestion('kafka.broker', KNOWN), '; did you mean kafka.brokers?');
  assert.equal(suggestion('x', KNOWN), '');
});

test('distances', () => {
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('ab', 'ba'), 1);
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('abcdef', 'uvwxyz', 3), 3);
});

test('a distance is symmetric, zero only for equal texts, and never more than the longer text', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (from, to) => {
      const distance = editDistance(from, to);
      assert.equal(distance, editDistance(to, from));
      assert.equal(distance === 0, from === to);
      assert.ok(distance <= Math.max(from.length, to.length));
    }),
  );
});
