import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KafkaConfig, kafkaConnection, kafkaOptions } from './kafka-options.ts';
import { loadConfig } from './load-config.ts';

function kafkaConfig(flags: Readonly<Record<string, string>>): KafkaConfig {
  const given = new Map(Object.entries({ 'kafka.brokers': 'a:1', ...flags }));
  const sources = { env: {}, flags: given, coreCount: 1, readFile: () => '' };
  return loadConfig({ table: kafkaOptions('bss-test') }, sources).config.kafka;
}

test('without security there is none', () => {
  const { tls, sasl, clientId } = kafkaConnection(kafkaConfig({}));
  assert.deepEqual([tls, sasl, clientId], [undefined, undefined, 'bss-test']);
});

test('a user name without a mechanism means SCRAM-SHA-256, as in the mirrored system', () => {
  const { sasl } = kafkaConnection(kafkaConfig({ 'kafka.sasl.username': 'u', 'kafka.sasl.password': 'p' }));
  assert.deepEqual(sasl, { mechanism: 'SCRAM-SHA-256', username: 'u', password: 'p', token: undefined });
});

test('broker addresses', () => {
  assert.deepEqual(kafkaConfig({ 'kafka.brokers': '[::1]:9092, kafka.example:65535' }).brokers, [
    '[::1]:9092',
    'kafka.example:65535',
  ]);
  for (const wrong of ['kafka', 'kafka:0', 'kafka:65536', 'http://kafka:9092', 'kafka:9092/x', ':9092']) {
    assert.throws(() => kafkaConfig({ 'kafka.brokers': wrong }), /must be host:port/, wrong);
  }
});
