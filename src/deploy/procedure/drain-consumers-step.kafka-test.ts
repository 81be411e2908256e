import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDeploySite } from '../../../test/harness/deploy-site.ts';
import { fillTopic } from '../../../test/harness/file-archive.ts';
import { joinIdly } from '../../../test/harness/group-member.ts';
import { settledEnd, testClient, testTopic } from '../../../test/harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../../../test/harness/shared-services.ts';
import { until } from '../../demo/services/until.ts';
import type { StepProgress, StepRun } from '../step/step.ts';
import { drainConsumersStep } from './drain-consumers-step.ts';

const { bootstrap } = await testKafka();

test('a group that is rebalancing is waited for; the marker behind the last record is not', async (t) => {
  const kafka = await testClient(t, bootstrap);
  const topic = await testTopic(kafka, 1);
  const at = { topic, partition: 0 };
  await fillTopic(kafka, topic, [3]);
  const end = await settledEnd(kafka, at);
  assert.equal(end, 4n, 'three records and a marker');
  const group = uniqueName('slow');
  await kafka.alterGroupOffsets(group, [{ ...at, offset: 1n, metadata: '' }]);

  // One member that is busy with what it has polled keeps a second one, and so its group, waiting.
  const [isBusy, isDone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const listener = { assigned: () => Promise.resolve(), lost: () => Promise.resolve() };
  const join = (revoking: () => Promise<void>) => {
    const options = { group, topics: [topic], sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 60_000, clientId: 'slow' };
    const membership = kafka.joinGroup(options, { ...listener, revoking });
    return { membership, done: membership.run() };
  };
  const stateIs = (wanted: string) =>
    until(async () => (await kafka.describeGroup(group)).state === wanted, { deadlineMs: 30_000, what: wanted });
  const busy = join(() => {
    isBusy.resolve();
    return isDone.promise;
  });
  await stateIs('stable');
  const second = join(() => Promise.resolve());
  await isBusy.promise;
  await stateIs('rebalancing');

  const { site } = await openDeploySite(t, { bootstrap, procedure: 'P1', storer: { topics: [topic] } });
  const step = drainConsumersStep(site);
  const stop = new AbortController();
  const waiting = new Promise<StepProgress>((resolve) => {
    void step.apply(runOf(stop.signal, resolve)).catch(() => undefined);
  });
  const { lag, text } = await waiting;
  assert.deepEqual([lag, text], [3, `left to ${group}`]);
  stop.abort();
  isDone.resolve();
  await Promise.all([busy.membership.leave(), second.membership.leave(), busy.done, second.done]);

  await kafka.alterGroupOffsets(group, [{ ...at, offset: 3n, metadata: '' }]);
  const member = await joinIdly(t, bootstrap, group, [topic]);
  const seen: StepProgress[] = [];
  await step.apply(runOf(new AbortController().signal, (progress) => void seen.push(progress)));
  assert.deepEqual(
    seen.map((progress) => progress.lag),
    [0],
  );
  await member.leave();
});

function runOf(signal: AbortSignal, progress: (progress: StepProgress) => void): StepRun {
  // All that the step needs.
  return { signal, progress } as Pick<StepRun, 'signal' | 'progress'> as StepRun;
}
