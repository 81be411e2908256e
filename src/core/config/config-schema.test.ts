import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { configSchema } from './config-schema.ts';
import { ALL_TABLES } from './service-shapes.ts';

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(configSchema(ALL_TABLES));

const GOOD = `
kafka:
  brokers: [a:1]
  connectTimeout: 10s
  sasl: {username: u, password: {file: /run/secret}}
  tls: {enabled: "\${TLS:false}"}
bucket: {url: s3://archive}
storer:
  groupId: g
  topics: [orders, {topic: customers, folder: crm, postIngestion: [x]}]
  startPosition: 2026-01-01T00:00:00Z
  rotation: {segmentSize: 32MiB, ageMax: 1h30m}
  eventsTopic:
reloader:
`;

test('a good file is valid, with every form that a value may have', () => {
  assert.ok(validate(parse(GOOD)), JSON.stringify(validate.errors));
});

for (const [what, yaml] of [
  ['an unknown option', 'kafka: {broker: [a:1]}'],
  ['an unknown section', 'stroer: {}'],
  ['a wrong unit', 'storer: {rotation: {ageMax: 10 minutes}}'],
  ['a wrong word', 'storer: {compression: lz4}'],
  ['a number out of bounds', 'http: {port: 70000}'],
  ['a topic without a name', 'storer: {topics: [{folder: x}]}'],
] as const) {
  test(`${what} is not valid`, () => assert.equal(validate(parse(yaml)), false));
}

test('every default fits its own schema', () => {
  for (const [path, option] of ALL_TABLES.flatMap((table) => Object.entries(table))) {
    if (option.default === undefined || typeof option.default === 'function') continue;
    const nested = path.split('.').reduceRight<unknown>((value, name) => ({ [name]: value }), option.default);
    assert.ok(validate(nested), `${path}: ${JSON.stringify(validate.errors)}`);
    assert.ok('value' in option.type.parse(option.default), path);
  }
});
