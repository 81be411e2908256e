import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileArchive, fillTopic } from '../../../test/harness/file-archive.ts';
import { joinIdly } from '../../../test/harness/group-member.ts';
import { FIRST_TIMESTAMP_MS, testClient, testTopic } from '../../../test/harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../../../test/harness/shared-services.ts';
import { listArchive } from '../../archive-cli/list-archive.ts';
import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { applyOffsets, compareOffsets, undoOffsets } from './apply-offsets.ts';
import type { OffsetTarget } from './offset-target.ts';
import { proposeOffsets } from './propose-offsets.ts';

const kafka = await testKafka();
const nowMs = Date.now();

async function committed(client: KafkaClient, group: string) {
  return (await client.allCommittedOffsets(group)).map((at) => [at.partition, at.offset, at.metadata]);
}

async function plan(client: KafkaClient, group: string, topic: string, target: OffsetTarget, clamp = false) {
  return await proposeOffsets(client, { group, target, topics: [topic], clamp, nowMs });
}

test('a group that did not exist is set to a time, moved, and all of it is taken back', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 3);
  await fillTopic(client, topic, [10, 4, 0]);
  const group = uniqueName('group');
  const toTime = await plan(client, group, topic, { kind: 'time', timestampMs: FIRST_TIMESTAMP_MS + 5 });
  assert.deepEqual(
    toTime.partitions.map(({ before, after, skipped, warnings }) => [before, after, skipped, warnings.length]),
    [
      [undefined, 5n, 5n, 1],
      // The marker behind the four records has a time too, and an offset.
      [undefined, 4n, 4n, 1],
      [undefined, 0n, 0n, 1],
    ],
  );
  assert.deepEqual(await committed(client, group), [], 'a plan changes nothing');
  const applied = await applyOffsets(client, toTime);
  assert.equal(applied.changedCount, 3);
  const wanted = [
    [0, 5n, ''],
    [1, 4n, ''],
    [2, 0n, ''],
  ];
  assert.deepEqual(await committed(client, group), wanted);
  assert.equal((await applyOffsets(client, toTime)).changedCount, 0, 'a second time there is nothing to do');

  const back = await proposeOffsets(client, { group, target: { kind: 'shift', by: -2n }, clamp: true, nowMs });
  assert.deepEqual(
    back.partitions.map(({ before, after, repeated }) => [before?.offset, after, repeated]),
    [
      [5n, 3n, 2n],
      [4n, 2n, 2n],
      [0n, 0n, 0n],
    ],
  );
  await applyOffsets(client, back);
  assert.deepEqual((await committed(client, group))[1], [1, 2n, '']);
  await assert.rejects(undoOffsets(client, toTime), { code: 'OFFSETS_CHANGED', message: /-0 was at 5 and is at 3/ });
  await undoOffsets(client, back);
  assert.deepEqual(await committed(client, group), wanted);
  const undone = await undoOffsets(client, toTime);
  assert.deepEqual([undone.changedCount, await committed(client, group)], [3, []]);
  assert.equal((await undoOffsets(client, toTime)).changedCount, 0);
});

test('a live group is refused by name, host and client id, and nothing changes', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 2);
  await fillTopic(client, topic, [3, 3]);
  const group = uniqueName('group');
  const planned = await plan(client, group, topic, { kind: 'latest' });
  const member = await joinIdly(t, kafka.bootstrap, group, [topic]);
  const message = /it has a member: .+ \(client id idle-member\) at 127\.0\.0\.1 with 2 partitions$/;
  await assert.rejects(applyOffsets(client, planned), { code: 'KAFKA_GROUP_NOT_EMPTY', message });
  await assert.rejects(undoOffsets(client, planned), { code: 'KAFKA_GROUP_NOT_EMPTY', message });
  assert.deepEqual(await committed(client, group), []);
  await member.leave();
  assert.equal((await applyOffsets(client, planned)).changedCount, 2);
  assert.ok((await compareOffsets(client, planned)).every(({ planned: to, actual }) => to?.offset === actual?.offset));
});

test('a plan is refused when offsets, topics or logs are no longer those that it saw', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  await fillTopic(client, topic, [5]);
  const group = uniqueName('group');
  const planned = await plan(client, group, topic, { kind: 'earliest' });
  await client.alterGroupOffsets(group, [{ topic, partition: 0, offset: 2n, metadata: '' }]);
  await assert.rejects(applyOffsets(client, planned), {
    code: 'OFFSETS_CHANGED',
    message: /-0 was at nothing and is at 2$/,
  });
  await client.alterGroupOffsets(group, [{ topic, partition: 0, offset: 0n, metadata: 'of somebody' }]);
  await assert.rejects(applyOffsets(client, planned), { code: 'OFFSETS_CHANGED', message: /0 \(with metadata\)/ });
  assert.deepEqual(await committed(client, group), [[0, 0n, 'of somebody']]);

  const toEnd = await plan(client, group, topic, { kind: 'latest' });
  await assert.rejects(applyOffsets(client, { ...toEnd, clusterId: 'another' }), { code: 'OFFSETS_TARGET_INVALID' });
  await client.deleteTopics([topic]);
  await client.createTopics([{ name: topic, partitionCount: 1, replicationFactor: -1 }]);
  await assert.rejects(applyOffsets(client, toEnd), { code: 'OFFSETS_CHANGED', message: /created again/ });
  const [described] = await client.describeTopics([topic]);
  const ofThis = { ...toEnd, partitions: toEnd.partitions.map((at) => ({ ...at, topicId: described?.id ?? '' })) };
  await assert.rejects(applyOffsets(client, ofThis), {
    code: 'OFFSETS_OUTSIDE_LOG',
    message: /-0 at 6 \(the log has 0 to 0\)$/,
  });
});

test('the Storer takes what was set as an order: ahead is obeyed and recorded as skipped, back writes nothing twice', async (t) => {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 1);
  await fillTopic(client, topic, [20]);
  const archive = await fileArchive(t, client, kafka.bootstrap, [{ topic, folder: 'orders' }]);
  const { group } = archive;
  await archive.archiveAll();
  const [ours] = await client.allCommittedOffsets(group);
  assert.equal(ours?.offset, 21n);
  assert.match(ours.metadata, /"bss":1.*orders\/0001\/0\/0{20}\.jsonl/);

  await fillTopic(client, topic, [30]);
  const ahead = await plan(client, group, topic, {
    kind: 'offsets',
    origin: 'the test',
    offsets: [{ topic, partition: 0, offset: 31n }],
  });
  assert.deepEqual(
    ahead.partitions.map(({ skipped, warnings }) => [skipped, warnings.map(({ name }) => name)]),
    [[10n, ['records-skipped']]],
  );
  await applyOffsets(client, ahead);
  await undoOffsets(client, ahead);
  assert.deepEqual(await client.allCommittedOffsets(group), [ours], 'with the metadata of the Storer');
  await applyOffsets(client, ahead);
  await archive.archiveAll();
  const [listing] = await Array.fromAsync(listArchive(archive.bucket, 'orders'));
  assert.equal(listing?.recordCount, 20 + 20);
  assert.equal(listing.gapOffsets.get('skipped'), 10n);

  await applyOffsets(client, await plan(client, group, topic, { kind: 'earliest' }));
  await archive.archiveAll();
  assert.equal((await client.allCommittedOffsets(group))[0]?.offset, 52n);
  const verified = await archive.site.run(['archive', 'verify']);
  assert.equal(verified.exitCode, 0, verified.stdout + verified.stderr);
  const [after] = await Array.fromAsync(listArchive(archive.bucket, 'orders'));
  assert.equal(after?.recordCount, 40);
});
