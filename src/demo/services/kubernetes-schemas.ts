import { join } from 'node:path';

import { type Announce, cached } from './cached.ts';
import { installWheel } from './python-wheel.ts';

const WHEEL = { name: 'kubernetes-validate', version: '1.37.0' };

/**
 * The folder of the JSON Schemas of Kubernetes 1.37: a file for each kind, `deployment-apps-v1.json`.
 * @throws SETUP_FAILED with the remedy.
 */
export async function kubernetesSchemas(announce?: Announce): Promise<string> {
  const folder = await cached(
    {
      ...WHEEL,
      announcement: 'Downloading the schemas of Kubernetes (17 MB)',
      build: (target) => installWheel(WHEEL, target, 'Check that pip reaches its package index.', announce),
    },
    announce,
  );
  return join(folder, 'kubernetes_validate', 'kubernetes-json-schema', `v${WHEEL.version}-local-strict`);
}
