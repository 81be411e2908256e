import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { AnySchema } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { helmProgram } from '../../../demo/services/helm.ts';
import { kubernetesSchemas } from '../../../demo/services/kubernetes-schemas.ts';
import { runCommand } from '../../../demo/services/run-command.ts';
import { kubernetesManifests, type Manifest } from './kubernetes-manifests.ts';

const CHART = fileURLToPath(new URL('../../../../deploy/helm/bss', import.meta.url));
const OPTIONS = {
  name: 'orders',
  namespace: 'data',
  image: 'registry.example/bss:1',
  replicas: { storer: 3, reloader: 1 },
};
const SHARED = { kafka: { brokers: ['kafka:9092'], sasl: { username: 'u' } }, bucket: { url: 's3://archive' } };
const SECRETS = { BSS_KAFKA_SASL_PASSWORD: 'p\'"$ss: #1', BSS_BUCKET_SECRET_ACCESS_KEY: '0123' };
const OWN = {
  storer: { storer: { groupId: 'archive', topics: [{ topic: 'orders', folder: 'o' }] } },
  reloader: { reloader: { groupId: 'reload' } },
} as const;

let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bss-helm-'));
});
after(() => rm(folder, { recursive: true, force: true }));

function manifestsOf(service: 'storer' | 'reloader'): readonly Manifest[] {
  const config = {
    ...SHARED,
    ...OWN[service],
    kafka: { ...SHARED.kafka, sasl: { ...SHARED.kafka.sasl, password: SECRETS.BSS_KAFKA_SASL_PASSWORD } },
    bucket: { ...SHARED.bucket, secretAccessKey: SECRETS.BSS_BUCKET_SECRET_ACCESS_KEY },
  };
  return kubernetesManifests(service, config, OPTIONS);
}

test('every manifest is what Kubernetes understands, to the letter', async () => {
  const schemas = await kubernetesSchemas();
  for (const manifest of [...manifestsOf('storer'), ...manifestsOf('reloader')]) {
    const errors = await schemaErrors(schemas, manifest);
    assert.deepEqual(errors, [], manifest.kind);
    const wrong = await schemaErrors(schemas, { ...manifest, spek: {} });
    assert.notDeepEqual(wrong, [], 'an unknown field is found');
  }
});

test('the Helm chart makes the same objects', async () => {
  const helm = await helmProgram();
  const values = {
    image: OPTIONS.image,
    config: SHARED,
    secrets: SECRETS,
    storer: { replicas: 3, config: OWN.storer },
    reloader: { config: OWN.reloader },
  };
  const path = join(folder, 'values.yaml');
  await writeFile(path, stringify(values));
  await runCommand(helm, ['lint', '--strict', CHART, '--values', path], { timeoutMs: 60_000 });
  const args = ['template', OPTIONS.name, CHART, '--namespace', OPTIONS.namespace, '--values', path];
  const { stdout } = await runCommand(helm, args, { timeoutMs: 60_000 });
  const made = parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
  const expected = [...manifestsOf('storer'), ...manifestsOf('reloader')];
  assert.deepEqual(byName(made), byName(expected));
});

test('the chart refuses values that it does not know', async () => {
  const helm = await helmProgram();
  const args = ['template', 'x', CHART, '--set', 'storer.replica=2'];
  await assert.rejects(runCommand(helm, args, { timeoutMs: 60_000 }), /replica/);
});

async function schemaErrors(schemas: string, manifest: Manifest): Promise<unknown[]> {
  const group = manifest.apiVersion.replace('/', '-');
  const text = await readFile(join(schemas, `${manifest.kind}-${group}.json`.toLowerCase()), 'utf8');
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const definitions = '_definitions.json';
  ajv.addSchema(JSON.parse(await readFile(join(schemas, definitions), 'utf8')) as AnySchema, definitions);
  const validate = ajv.compile(JSON.parse(text) as AnySchema);
  return validate(manifest) ? [] : (validate.errors ?? []);
}

/** By kind and name, without what must differ: who manages it, how a hash was made, how YAML is laid out. */
function byName(manifests: readonly Manifest[]): Record<string, unknown> {
  const entries = manifests.map((manifest): [string, unknown] => {
    const text = JSON.stringify(manifest, (key, value: unknown) => {
      if (key === 'annotations' || key === 'app.kubernetes.io/managed-by') return undefined;
      return key === 'bss.yaml' && typeof value === 'string' ? (parse(value) as unknown) : value;
    });
    return [`${manifest.kind} ${manifest.metadata.name}`, JSON.parse(text)];
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
