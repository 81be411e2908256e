import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../errors.ts';
import { checkKey, checkPrefix, compareKeys, joinKey, keyProblem, parentKeys } from './object-key.ts';

/** Strings in which the two orders differ often. */
const text = fc.string({
  unit: fc.constantFrom('a', '-', '/', 'é', '\uffee', '\ue000', '\u{1f600}', '\u{10000}'),
  maxLength: 6,
});

test('keys compare as their UTF-8 bytes do', () => {
  const property = fc.property(text, text, (a, b) => {
    assert.equal(Math.sign(compareKeys(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
  });
  fc.assert(property, { numRuns: 2_000 });
});

test('the error for a bad key says which rule it breaks', () => {
  assert.equal(keyProblem('orders/0001/0/00000000000000000000.jsonl.zst'), undefined);
  const expectations: readonly (readonly [string, RegExp])[] = [
    ['a//b', /empty/],
    ['a/..', /\.\./],
    ['a\\b', /backslash/],
    [`a/${'é'.repeat(101)}`, /200 bytes/],
    [Array(5).fill('x'.repeat(200)).join('/'), /900 bytes/],
    ['.bss-tmp/a', /\.bss-/],
    ['\udc00', /surrogate/],
  ];
  for (const [key, reason] of expectations) {
    assert.throws(
      () => checkKey(key),
      (error) => isAppError(error, 'BUCKET_INVALID_KEY') && reason.test(error.message) && error.subject === key,
    );
  }
});

test('a prefix may end anywhere in a key', () => {
  for (const prefix of ['', 'a', 'a/', 'a/b', 'a/.', 'a/.bss-']) checkPrefix(prefix);
});

test('joining leaves out what is empty; parents are the paths above', () => {
  assert.equal(joinKey('', 'a/b', '', 'c'), 'a/b/c');
  assert.deepEqual([...parentKeys('a/b/c')], ['a', 'a/b']);
  assert.deepEqual([...parentKeys('a')], []);
});
