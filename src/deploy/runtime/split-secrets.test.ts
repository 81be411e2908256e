import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_TABLES } from '../../core/config/service-shapes.ts';
import { splitSecrets } from './split-secrets.ts';

test('secrets become variables, and nothing else does', () => {
  const config = {
    kafka: { brokers: ['b:9092'], sasl: { username: 'u', password: 'p', mechanism: 'PLAIN' } },
    bucket: { url: 's3://a', accessKeyId: 'k', secretAccessKey: 's3cret' },
    storer: { groupId: 'g' },
  };
  assert.deepEqual(splitSecrets(config, ALL_TABLES), {
    open: {
      kafka: { brokers: ['b:9092'], sasl: { username: 'u', mechanism: 'PLAIN' } },
      bucket: { url: 's3://a', accessKeyId: 'k' },
      storer: { groupId: 'g' },
    },
    secrets: { BSS_KAFKA_SASL_PASSWORD: 'p', BSS_BUCKET_SECRET_ACCESS_KEY: 's3cret' },
  });
});

test('a section that held nothing but secrets is gone, and a secret that is a file stays', () => {
  const config = { kafka: { sasl: { token: 't' }, tls: { key: { file: '/keys/client.pem' } } } };
  assert.deepEqual(splitSecrets(config, ALL_TABLES), {
    open: { kafka: { tls: { key: { file: '/keys/client.pem' } } } },
    secrets: { BSS_KAFKA_SASL_TOKEN: 't' },
  });
});
