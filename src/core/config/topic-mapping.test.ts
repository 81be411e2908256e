import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawValue } from './option.ts';
import { topicMappings } from './topic-mapping.ts';

function problemOf(raw: RawValue): string {
  const parsed = topicMappings.parse(raw);
  return 'problem' in parsed ? parsed.problem : 'none';
}

test('names and objects can be mixed; the folder is the topic unless it is given', () => {
  const parsed = topicMappings.parse(['orders', { topic: 'customers', folder: 'crm', postIngestion: ['a', 'b'] }]);
  assert.deepEqual(parsed, {
    value: [
      { topic: 'orders', folder: 'orders', postIngestion: [] },
      { topic: 'customers', folder: 'crm', postIngestion: ['a', 'b'] },
    ],
  });
  assert.equal('value' in parsed && topicMappings.show(parsed.value), 'orders, customers:crm -> a + b');
});

test('as text: a list, or JSON', () => {
  assert.deepEqual(topicMappings.fromText?.('orders, customers:crm,'), [
    'orders',
    { topic: 'customers', folder: 'crm' },
  ]);
  assert.deepEqual(topicMappings.fromText?.('[{"topic":"a"}]'), [{ topic: 'a' }]);
  assert.match(problemOf(topicMappings.fromText?.('[not json') ?? null), /must be a list/);
});

test('what is wrong is named', () => {
  assert.match(problemOf([]), /at least one topic/);
  assert.match(problemOf('orders'), /must be a list/);
  assert.match(problemOf(['a b']), /item 1 \("a b"\) must be a topic name/);
  assert.match(problemOf(['a', 'a']), /item 2 names the topic a a second time/);
  assert.match(problemOf([{ folder: 'x' }]), /must have a field "topic"/);
  assert.match(
    problemOf([{ topic: 'a', 'bucket-folder': 'x' }]),
    /unknown field "bucket-folder"; known are topic, folder/,
  );
  assert.match(problemOf([{ topic: 'a', folder: '_index' }]), /underscore/);
  assert.match(problemOf([{ topic: 'a', folder: 'x/y' }]), /slash/);
  assert.match(problemOf(['a'.repeat(220)]), /longer than 200 bytes/);
  assert.match(problemOf([{ topic: 'a', postIngestion: 'b' }]), /list as postIngestion/);
  assert.match(problemOf([{ topic: 'a', postIngestion: ['b', 'b'] }]), /b twice/);
});

const forward = (topic: string, ...postIngestion: string[]): RawValue => ({ topic, postIngestion });

test('topics that would feed each other for ever are refused; a chain is not', () => {
  assert.match(problemOf([forward('a', 'a')]), /in a circle: a -> a/);
  assert.match(problemOf([forward('a', 'b'), forward('b', 'c'), forward('c', 'b')]), /b -> c -> b/);
  assert.equal(problemOf([forward('a', 'b', 'c'), forward('b', 'c'), 'c']), 'none');
});
