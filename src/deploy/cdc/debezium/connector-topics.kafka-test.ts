import assert from 'node:assert/strict';
import { test } from 'node:test';
import { committedTexts, testClient, testTopic } from '../../../../test/harness/kafka-topic.ts';
import { testKafka, uniqueName } from '../../../../test/harness/shared-services.ts';
import { nextStamp } from '../../../core/kafka/next-stamp.ts';
import { writeBatch } from '../../../core/record/batch-records.ts';
import { sendSignalOnce, signalledTables } from './connector-topics.ts';

test('a signal is sent once, whether whoever sent it died before it was committed, or after', async (t) => {
  const client = await testClient(t, (await testKafka()).bootstrap);
  const topic = await testTopic(client, 1);
  const [prefix, at] = [uniqueName('shop'), { topic, partition: 0 }];
  const signal = { topic, prefix, id: 'load-1', type: 'execute-snapshot', tables: ['public.orders'] } as const;
  // As `sendSignalOnce` does, until it dies: what it wrote is in the topic, and neither committed nor aborted.
  const dead = await client.transactionalProducer({
    transactionalId: `bss-signal-${prefix}-load-1`,
    transactionTimeoutMs: 60_000,
  });
  t.after(() => dead.close());
  const value = Buffer.from(JSON.stringify({ id: 'load-1', type: 'execute-snapshot' }));
  const record = { offset: 0n, timestampMs: 0n, timestampType: 'CreateTime', key: null, value, headers: [] } as const;
  dead.begin();
  await dead.produce(at, writeBatch([record], nextStamp(dead, at, 1), 'none'), 1);

  assert.equal(await sendSignalOnce(client, signal), true, 'what was not committed was not sent');
  assert.equal(await sendSignalOnce(client, signal), false, 'it outlives who sent it');
  assert.equal(await sendSignalOnce(client, { ...signal, id: 'load-2' }), true, 'another load is another signal');
  const sent = (await committedTexts(client, at)).map((text) => Reflect.get(Object(JSON.parse(text)), 'id') as unknown);
  assert.deepEqual(sent, ['load-1', 'load-2']);
  assert.deepEqual(await signalledTables(client, signal), ['public.orders']);
  assert.equal(await signalledTables(client, { ...signal, id: 'load-3' }), undefined);
});
