import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retentionWarning, topicRetention, type TopicRetention } from './topic-retention.ts';

const config = (entries: Record<string, string>): Map<string, string> => new Map(Object.entries(entries));

test('reads how long a topic keeps its records', () => {
  assert.deepEqual(topicRetention(config({})), { retentionMs: 604_800_000, compactionLagMs: undefined });
  assert.equal(topicRetention(config({ 'retention.ms': '-1' })).retentionMs, undefined);
  const compacted = topicRetention(config({ 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '5' }));
  assert.deepEqual(compacted, { retentionMs: undefined, compactionLagMs: 5 });
  const both = topicRetention(config({ 'cleanup.policy': 'compact, delete', 'retention.ms': '9' }));
  assert.deepEqual(both, { retentionMs: 9, compactionLagMs: 0 });
});

test('warns where waiting is a race that can be lost', () => {
  assert.equal(retentionWarning('t', keeps(2000), 1000), undefined);
  assert.match(retentionWarning('t', keeps(1999), 1000) ?? '', /retention\.ms/);
  assert.match(retentionWarning('t', keeps(undefined, 0), 1000) ?? '', /min\.compaction\.lag\.ms to 2000/);
  assert.equal(retentionWarning('t', keeps(undefined, 2000), 1000), undefined);
});

function keeps(retentionMs: number | undefined, compactionLagMs?: number): TopicRetention {
  return { retentionMs, compactionLagMs };
}
