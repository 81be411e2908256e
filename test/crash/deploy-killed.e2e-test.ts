import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { listArchive } from '../../src/archive-cli/list-archive.ts';
import { applyWithDeaths, BEFORE, BEFORE_APPLIED } from '../harness/apply-with-deaths.ts';
import { openCommandSite } from '../harness/command-site.ts';
import { fillTopic } from '../harness/file-archive.ts';
import { testClient, testTopic } from '../harness/kafka-topic.ts';
import { testKafka } from '../harness/shared-services.ts';

/**
 * `bss deploy apply` of P1 is killed with SIGKILL between its steps and inside of each. In the end it is as if it had never
 * been killed. The other procedures are killed by the tests of what they lead to.
 */

test('P1 killed inside and between all of its steps ends as one that was not', async (t) => {
  const { bootstrap } = await testKafka();
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 2);
  await fillTopic(client, topic, [30, 12]);
  const storer = {
    topics: [{ topic, folder: 'orders', postIngestion: [`${topic}-stored`] }],
    eventsTopic: `${topic}-events`,
  };
  const site = await openCommandSite(t, { bootstrap, procedure: 'P1', storer, sections: { mode: 'sequential' } });
  const deaths = {
    'check-landscape': [BEFORE, BEFORE_APPLIED],
    'create-service-topics': [BEFORE, { type: 'note', afterMs: 3 }, BEFORE_APPLIED],
    'note-positions': [BEFORE, { type: 'note', key: 'positions' }],
    'set-group-offsets': [BEFORE, { type: 'note', afterMs: 0 }, BEFORE_APPLIED],
    'start-storer': [BEFORE, { type: 'step-started', afterMs: 40 }, BEFORE_APPLIED],
    'start-reloader': [BEFORE, { type: 'step-started', afterMs: 100 }],
    'first-segments': [BEFORE, BEFORE_APPLIED],
  } as const;
  const kills = await applyWithDeaths(site, { deaths });
  t.diagnostic(`killed ${kills} times`);

  const listings = await Array.fromAsync(listArchive(site.bucket, 'orders'));
  assert.deepEqual(
    listings.map(({ at, recordCount, gapOffsets }) => [at.location.partition, recordCount, [...gapOffsets.keys()]]),
    [
      [0, 30, ['control']],
      [1, 12, ['control']],
    ],
  );
  const status = await site.bss(['deploy', 'status']);
  assert.match(status.stdout, /procedure P1, sequential, finished/);
  const { verdict, reasons } = await site.certify();
  assert.deepEqual([verdict, reasons], ['proven', []]);
  assert.match(await readFile(join(site.folder, 'certificate.html'), 'utf8'), /orders/);
  const again = await site.bss(['deploy', 'apply']);
  assert.equal(again.exitCode, 0, again.stderr);
  const undone = await site.bss(['deploy', 'undo']);
  assert.equal(undone.exitCode, 0, undone.stdout + undone.stderr);
  assert.deepEqual(await client.existingTopics([topic, `${topic}-stored`, `${topic}-events`]), new Set([topic]));
  assert.deepEqual(await client.allCommittedOffsets(site.groupId), []);
});
