import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { kubernetesManifests } from './kubernetes-manifests.ts';
import { KubernetesRuntime } from './kubernetes-runtime.ts';

const OPTIONS = { name: 'orders', namespace: 'data', image: 'bss:1', replicas: { storer: 1, reloader: 1 } };
const CONFIG = {
  kafka: { brokers: ['kafka:9092'], sasl: { username: 'u', password: 'p@ss' } },
  bucket: { url: 's3://archive' },
  storer: { groupId: 'archive', topics: ['orders'] },
};

test('secrets are in the Secret alone', () => {
  const others = kubernetesManifests('storer', CONFIG, OPTIONS).filter(({ kind }) => kind !== 'Secret');
  assert.doesNotMatch(JSON.stringify(others), /p@ss/);
  const runtime = new KubernetesRuntime({ ...OPTIONS, folder: '.', environment: {} });
  const files = runtime.render('storer', CONFIG);
  assert.deepEqual(
    files.map(({ path, secret, text }) => [path, secret, text.includes('p@ss')]),
    [
      ['storer.secret.yaml', true, true],
      ['storer.manifests.yaml', false, false],
    ],
  );
  const kinds = parseAllDocuments(files[1]?.text ?? '').map((document) => document.get('kind'));
  assert.deepEqual(kinds, ['ConfigMap', 'Service', 'Deployment']);
});

test('another configuration or secret makes other pods', () => {
  const template = (config: typeof CONFIG): string => {
    const found = kubernetesManifests('storer', config, OPTIONS).find(({ kind }) => kind === 'Deployment');
    return JSON.stringify(found?.['spec']);
  };
  assert.equal(template(CONFIG), template(structuredClone(CONFIG)));
  assert.notEqual(template(CONFIG), template({ ...CONFIG, bucket: { url: 's3://other' } }));
  assert.notEqual(
    template(CONFIG),
    template({ ...CONFIG, kafka: { ...CONFIG.kafka, sasl: { username: 'u', password: 'x' } } }),
  );
});

test('a bucket that is a directory is refused', () => {
  assert.throws(() => kubernetesManifests('storer', { bucket: { url: 'file:///var/lib/bss' } }, OPTIONS), {
    code: 'DEPLOY_RUNTIME_UNAVAILABLE',
  });
});
