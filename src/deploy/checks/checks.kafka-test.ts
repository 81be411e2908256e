import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileArchive, fillTopic } from '../../../test/harness/file-archive.ts';
import { joinIdly } from '../../../test/harness/group-member.ts';
import { testClient, testTopic } from '../../../test/harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../../../test/harness/shared-services.ts';
import { systemClock } from '../../core/runtime/clock.ts';
import { checkFolderEmpty } from './check-folder.ts';
import { checkGroupEmpty } from './check-group.ts';
import { checkRetention } from './check-retention.ts';
import { checkPartitionsAlike, checkTopicsExist } from './check-topics.ts';
import { checkNoFutureRecords, clockSkewAllowed, measureClockSkew } from './clock-skew.ts';
import { quietPeriod } from './quiet-period.ts';

const kafka = await testKafka();
const { signal } = new AbortController();

test('topics, their partitions and their retention', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const [two, three] = [await testTopic(client, 2, { 'retention.ms': '60000' }), await testTopic(client, 3)];
  const none = uniqueName('none');
  assert.equal((await checkTopicsExist(client, [two, three])).refusal, undefined);
  const missing = await checkTopicsExist(client, [two, none]);
  assert.deepEqual([missing.refusal?.code, missing.refusal?.subject], ['DEPLOY_TOPIC_MISSING', none]);
  assert.equal((await checkPartitionsAlike(client, [{ topic: two, like: two }])).refusal, undefined);
  const unlike = await checkPartitionsAlike(client, [{ topic: two, like: three }]);
  assert.equal(unlike.refusal?.code, 'DEPLOY_PARTITION_MISMATCH');
  assert.equal((await checkRetention(client, { topic: two, waitMs: 60_000 })).refusal, undefined);
  const short = await checkRetention(client, { topic: two, waitMs: 61_000 });
  assert.equal(short.refusal?.code, 'DEPLOY_RETENTION_TOO_SHORT');
  assert.equal((await checkRetention(client, { topic: three, waitMs: 86_400_000 })).refusal, undefined);
});

test('a group with a member is refused', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  const group = uniqueName('group');
  assert.equal((await checkGroupEmpty(client, group)).refusal, undefined);
  const member = await joinIdly(t, kafka.bootstrap, group, [topic]);
  const { refusal, evidence } = await checkGroupEmpty(client, group);
  assert.deepEqual([refusal?.code, evidence.outcome], ['KAFKA_GROUP_NOT_EMPTY', 'failed']);
  const wait = { clock: systemClock, signal };
  const tooShort = await checkGroupEmpty(client, group, { ...wait, waitMs: 100 });
  assert.equal(tooShort.refusal?.code, 'KAFKA_GROUP_NOT_EMPTY');
  const waited = checkGroupEmpty(client, group, { ...wait, waitMs: 60_000 });
  await member.leave();
  assert.equal((await waited).refusal, undefined);
});

test('topics that stand still, and one that is written to in the middle of the period', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const [still, written] = [await testTopic(client, 2), await testTopic(client, 2)];
  await fillTopic(client, still, [3, 4]);
  const options = { periodMs: 400, clock: systemClock, signal };
  const { refusal, evidence } = await quietPeriod(client, [still], options);
  assert.equal(refusal, undefined);
  assert.deepEqual(Object(evidence.found), {
    ...Object(evidence.found),
    ends: { [`${still}-0`]: '4', [`${still}-1`]: '5' },
  });
  let looks = 0;
  const progress = (): void => {
    looks++;
  };
  const watched = quietPeriod(client, [still, written], { ...options, periodMs: 60_000, progress });
  await fillTopic(client, written, [0, 5]);
  const moved = await watched;
  assert.equal(moved.refusal?.code, 'DEPLOY_NOT_QUIET');
  assert.match(moved.refusal.message, new RegExp(`writes to ${written}: .*${written}-1 from 0 to [56]$`));
  assert.ok(looks >= 1 && looks < 20, `ended at the first sign of life, after ${looks} looks`);
  const stopped = AbortSignal.abort(new Error('stopped'));
  await assert.rejects(quietPeriod(client, [still], { ...options, signal: stopped }), { message: 'stopped' });
});

test("the broker's clock: the same machine's, measured to a few milliseconds; and an offset clock is found out", async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = uniqueName('clock');
  const skew = await measureClockSkew(client, topic, systemClock);
  assert.ok(Math.abs(skew.skewMs) <= skew.uncertaintyMs + 2, JSON.stringify(skew));
  assert.equal(clockSkewAllowed(skew, 1000).refusal, undefined);
  assert.deepEqual(await client.existingTopics([topic]), new Set());
  const slow = { ...systemClock, nowMs: () => Date.now() - 60_000 };
  const ahead = await measureClockSkew(client, topic, slow);
  assert.ok(Math.abs(ahead.skewMs - 60_000) <= ahead.uncertaintyMs + 2, JSON.stringify(ahead));
  assert.equal(clockSkewAllowed(ahead, 1000).refusal?.code, 'DEPLOY_CLOCK_SKEW');
});

test('records from the future', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 2);
  await fillTopic(client, topic, [3, 0]);
  assert.equal((await checkNoFutureRecords(client, [topic], { maxMs: 1000, nowMs: Date.now() })).refusal, undefined);
  const early = await checkNoFutureRecords(client, [topic], { maxMs: 1000, nowMs: Date.now() - 3_600_000 });
  assert.equal(early.refusal?.code, 'DEPLOY_CLOCK_SKEW');
  assert.match(early.refusal.message, new RegExp(`${topic}-0 from offset 0 on$`));
});

test('a folder that holds data: sources and partitions are listed, our own are let pass', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 3);
  await fillTopic(client, topic, [2, 0, 2]);
  const archive = await fileArchive(t, client, kafka.bootstrap, [{ topic, folder: 'orders' }]);
  assert.equal((await checkFolderEmpty(archive.bucket, 'orders')).refusal, undefined);
  await archive.archiveAll();
  const { refusal } = await checkFolderEmpty(archive.bucket, 'orders');
  assert.equal(refusal?.code, 'DEPLOY_FOLDER_NOT_EMPTY');
  assert.match(refusal.message, new RegExp(`source 1: topic ${topic} since .*, partitions 0, 2\\)$`));
  const [described] = await client.describeTopics([topic]);
  assert.equal((await checkFolderEmpty(archive.bucket, 'orders', [described?.id ?? ''])).refusal, undefined);
  assert.equal((await checkFolderEmpty(archive.bucket, 'customers')).refusal, undefined);
});
