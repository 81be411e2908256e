import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommitMetadata, writeCommitMetadata } from './commit-metadata.ts';

test('what is written is read back, with and without a segment', () => {
  for (const segment of [undefined, 'orders/0001/3/00000000000000000007.jsonl.zst']) {
    const metadata = { topicId: '0d5e9c2e-1c1b-4f0e-9d8e-0123456789ab', segment };
    assert.deepEqual(readCommitMetadata(writeCommitMetadata(metadata)), metadata);
  }
});

test('whatever an operator or another program committed is not taken for ours', () => {
  for (const text of [
    '',
    'x',
    '{',
    '{}',
    '[]',
    'null',
    '{"bss":2,"topicId":"a"}',
    '{"bss":1}',
    '{"bss":1,"topicId":7}',
  ]) {
    assert.equal(readCommitMetadata(text), undefined, text);
  }
});
