import { resolve } from 'node:path';
import { unreachable } from '../../core/assert.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Deployment } from '../facts/deployment.ts';
import { ComposeRuntime } from './compose/compose-runtime.ts';
import { KubernetesRuntime } from './kubernetes/kubernetes-runtime.ts';
import { LocalRuntime } from './local/local-runtime.ts';
import type { Runtime } from './runtime.ts';

/** What a runtime is made with. */
export interface RuntimeSurroundings {
  /** Where relative folders begin. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** Variable by which tests have services end with them, whatever happens: a process id. */
const OWNER_VARIABLE = 'BSS_TEST_OWNER_PID';

/** The runtime that a deployment asks for. Its folder is `.bss/deploy/<name>/runtime` unless it names one. */
export function createRuntime(deployment: Pick<Deployment, 'name' | 'runtime'>, around: RuntimeSurroundings): Runtime {
  const { name, runtime } = deployment;
  const folder = resolve(around.directory, runtime.folder ?? `.bss/deploy/${name}/runtime`);
  const owner = Number(around.environment[OWNER_VARIABLE] ?? 0);
  const ownerPid = owner > 0 ? owner : undefined;
  switch (runtime.type) {
    case 'local':
      return new LocalRuntime({ ...around, folder, ports: runtime.ports, ownerPid });
    case 'compose':
      return new ComposeRuntime({ ...around, folder, project: name, image: runtime.image, ports: runtime.ports });
    case 'kubernetes': {
      const { image, namespace, context } = runtime;
      const replicas = { storer: runtime.storerReplicas, reloader: runtime.reloaderReplicas };
      return new KubernetesRuntime({ ...around, folder, name, image, namespace, context, replicas });
    }
    default:
      return unreachable(runtime);
  }
}
