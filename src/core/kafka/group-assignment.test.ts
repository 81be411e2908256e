import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { partitionName, type TopicPartition } from '../record/topic-partition.ts';
import {
  assignBalanced,
  readAssignment,
  readSubscription,
  writeAssignment,
  writeSubscription,
} from './group-assignment.ts';

const topicName = fc.constantFrom('a', 'b', 'c', 'd');
const counts = fc.dictionary(topicName, fc.nat(40)).map((record) => new Map(Object.entries(record)));
const memberNames = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 9 });

function names(partitions: readonly TopicPartition[]): string[] {
  return partitions.map(partitionName);
}

test('members that want the same get every partition once, and numbers that differ by one at most', () => {
  fc.assert(
    fc.property(memberNames, counts, (members, partitionCounts) => {
      const topics = [...partitionCounts.keys()];
      const assigned = assignBalanced(
        members.map((memberId) => ({ memberId, topics })),
        partitionCounts,
      );
      const all = [...assigned.values()].flatMap(names);
      const expected = topics.flatMap((topic) =>
        Array.from({ length: partitionCounts.get(topic) ?? 0 }, (_, partition) => partitionName({ topic, partition })),
      );
      assert.deepEqual(all.toSorted(), expected.toSorted());
      const sizes = [...assigned.values()].map((partitions) => partitions.length);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
    }),
  );
});

test('members get only what they want, and everything that somebody wants is given', () => {
  const wishes = fc.array(fc.uniqueArray(topicName), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(wishes, counts, (topicsOf, partitionCounts) => {
      const members = topicsOf.map((topics, i) => ({ memberId: `m${i}`, topics }));
      const assigned = assignBalanced(members, partitionCounts);
      for (const { memberId, topics } of members) {
        for (const { topic } of assigned.get(memberId) ?? []) assert.ok(new Set<string>(topics).has(topic));
      }
      const wanted = new Set<string>(topicsOf.flat());
      const total = [...wanted].reduce((sum, topic) => sum + (partitionCounts.get(topic) ?? 0), 0);
      assert.equal([...assigned.values()].flat().length, total);
    }),
  );
});

test('the order in which members joined does not matter, and static members keep theirs under a new member id', () => {
  const partitionCounts = new Map([['t', 7]]);
  const first = [
    { memberId: 'x-1', instanceId: 'two', topics: ['t'] },
    { memberId: 'y-1', instanceId: 'one', topics: ['t'] },
  ];
  const restarted = [
    { memberId: 'a-2', instanceId: 'one', topics: ['t'] },
    { memberId: 'b-2', instanceId: 'two', topics: ['t'] },
  ];
  const before = assignBalanced(first, partitionCounts);
  const after = assignBalanced(restarted, partitionCounts);
  assert.deepEqual(before.get('y-1'), after.get('a-2'));
  assert.deepEqual(before.get('x-1'), after.get('b-2'));
});

test('wishes and assignments survive the wire format', () => {
  const partitions = fc.array(fc.record({ topic: topicName, partition: fc.nat(1000) }));
  fc.assert(
    fc.property(fc.array(topicName), partitions, (topics, wanted) => {
      assert.deepEqual(readSubscription(writeSubscription(topics)), topics);
      assert.deepEqual(names(readAssignment(writeAssignment(wanted))).toSorted(), names(wanted).toSorted());
    }),
  );
  assert.deepEqual(readAssignment(Buffer.alloc(0)), []);
});
