import assert from 'node:assert/strict';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../src/demo/services/until.ts';
import { ArchiveSite, type Replica } from '../harness/archive-site.ts';
import { produceTexts, testClient, testTopic } from '../harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../harness/shared-services.ts';

/** What partitions have to wait for a person for: told wherever somebody may look, and got over once it is mended. */

/** More than are recovered at once. */
const BROKEN = Array.from({ length: 17 }, (_, partition) => partition);
const WHOLE = BROKEN.length;

test('partitions whose committed segment is gone show until the segment is back, and the others go on', async (t) => {
  const { bootstrap } = await testKafka();
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, BROKEN.length + 1);
  const folder = await mkdtemp(join(tmpdir(), 'bss-stopped-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const site = await ArchiveSite.open({ kafka: { brokers: [bootstrap] }, bucket: { url: `file://${folder}` } });
  t.after(() => site.close());
  const producer = await client.transactionalProducer({ transactionalId: topic, transactionTimeoutMs: 30_000 });
  t.after(() => producer.close());
  const produce = async (text: string): Promise<void> => {
    producer.begin();
    for (const partition of [...BROKEN, WHOLE]) await produceTexts(producer, { topic, partition }, [text]);
    await producer.commit();
  };
  const storer = await site.replica('storer', 'only', {
    groupId: uniqueName('storers'),
    topics: [topic],
    rotation: { ageMax: '300ms', pollInterval: '50ms' },
    workers: 1,
  });
  const segments = (partition: number): Promise<string[]> =>
    readdir(join(folder, topic, '0001', String(partition))).catch(() => []);

  await produce('first');
  await storer.start();
  const counts = async (): Promise<number[]> =>
    (await Promise.all([...BROKEN, WHOLE].map(segments))).map(({ length }) => length);
  await until(async () => (await counts()).every((count) => count > 0), {
    deadlineMs: 60_000,
    what: 'a segment of each partition',
  });
  await storer.stop();
  const moved = await Promise.all(
    BROKEN.map(async (partition) => {
      const [last = ''] = (await segments(partition)).toSorted().slice(-1);
      return [join(folder, topic, '0001', String(partition), last), join(folder, `aside-${partition}`)] as const;
    }),
  );
  for (const [path, aside] of moved) await rename(path, aside);
  await storer.start();
  const reasons = await until(() => reasonsOf(storer), { deadlineMs: 60_000, what: 'the storer to tell of it' });
  assert.match(reasons.join('\n'), new RegExp(`${topic}-0 is stopped: .*\\(ARCHIVE_CHAIN_BROKEN\\)`));
  const stopped = `bss_partitions_stopped{code="ARCHIVE_CHAIN_BROKEN"} ${BROKEN.length}`;
  const metrics = await until(() => metricsOf(storer, stopped), { deadlineMs: 60_000, what: stopped });
  assert.match(metrics, /^bss_partitions_owned 18$/m);

  const before = await segments(WHOLE);
  await produce('second');
  await until(async () => (await segments(WHOLE)).length > before.length, {
    deadlineMs: 60_000,
    what: 'the other partition to go on',
  });
  for (const [path, aside] of moved) await rename(aside, path);
  await storer.ready();
  await until(async () => (await counts()).every((count) => count > 1), {
    deadlineMs: 60_000,
    what: 'all to go on',
  });
  await storer.stop();
  const verified = await site.run(['archive', 'verify']);
  assert.equal(verified.exitCode, 0, verified.stdout + verified.stderr);
});

/** Why a storer is not ready, once it is a partition's fault. */
async function reasonsOf(storer: Replica): Promise<readonly string[] | undefined> {
  const answer = await fetch(`${storer.url}/-/health/ready`).catch(() => undefined);
  const { reasons = [] } = ((await answer?.json()) ?? {}) as { readonly reasons?: readonly string[] };
  return reasons.some((reason) => reason.includes('is stopped')) ? reasons : undefined;
}

/** The metrics, once they have that line. */
async function metricsOf(storer: Replica, line: string): Promise<string | undefined> {
  const metrics = await (await fetch(`${storer.url}/-/metrics`)).text();
  return metrics.split('\n').includes(line) ? metrics : undefined;
}
