import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { AppError } from '../../../core/errors.ts';
import { mustRun, type Program, runProgram } from '../run-program.ts';
import type { RenderedFile, Runtime, RuntimeRun, ServiceConfig, ServiceName, ServiceState } from '../runtime.ts';
import { writeRendered } from '../written-files.ts';
import {
  FINGERPRINT_ANNOTATION,
  kubernetesManifests,
  type KubernetesOptions,
  objectName,
} from './kubernetes-manifests.ts';

const HINT = 'Install kubectl, and see that its context reaches the cluster and may create objects in the namespace.';
const COMMAND_TIMEOUT_MS = 5 * 60_000;
const RESTARTS_MAX = 3;
const KINDS = 'deployment,service,configmap,secret,poddisruptionbudget';

/** What kubectl is driven with. */
export interface KubernetesRuntimeOptions extends KubernetesOptions {
  readonly folder: string;
  /** Of the kubeconfig; its current one when absent. */
  readonly context?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Runs services as Deployments, through kubectl. */
export class KubernetesRuntime implements Runtime {
  readonly kind = 'kubernetes';
  readonly subject: string;
  readonly #options: KubernetesRuntimeOptions;
  readonly #kubectl: Program;

  constructor(options: KubernetesRuntimeOptions) {
    this.#options = options;
    const { namespace, context, environment } = options;
    this.subject = `namespace ${namespace} of ${context === undefined ? 'the current context' : `context ${context}`}`;
    this.#kubectl = { command: 'kubectl', hint: HINT, environment, timeoutMs: COMMAND_TIMEOUT_MS };
  }

  render(service: ServiceName, config: ServiceConfig): readonly RenderedFile[] {
    const manifests = kubernetesManifests(service, config, this.#options);
    const file = (path: string, isSecret: boolean): RenderedFile => {
      const parts = manifests.filter(({ kind }) => (kind === 'Secret') === isSecret);
      return { path, text: parts.map((manifest) => stringify(manifest)).join('---\n'), secret: isSecret };
    };
    return [file(`${service}.secret.yaml`, true), file(`${service}.manifests.yaml`, false)];
  }

  async probe(): Promise<readonly string[]> {
    const answers: string[] = [];
    for (const kind of ['deployments.apps', 'configmaps', 'secrets', 'services']) {
      const { exitCode, stdout, stderr } = await this.#run(['auth', 'can-i', 'create', kind]);
      if (exitCode !== 0 || stdout.trim() !== 'yes') {
        const said = stderr.trim() || stdout.trim();
        throw new AppError('DEPLOY_RUNTIME_UNAVAILABLE', `${kind} cannot be created in ${this.subject}: ${said}`, {
          subject: kind,
          hint: HINT,
        });
      }
      answers.push(`may create ${kind} in ${this.subject}`);
    }
    return answers;
  }

  async start(service: ServiceName, config: ServiceConfig, run: RuntimeRun): Promise<void> {
    const files = this.render(service, config);
    await writeRendered(this.#options.folder, files);
    for (const { path } of files) await this.#must(['apply', '--filename', join(this.#options.folder, path)]);
    run.say(`Applied ${objectName(service, this.#options)} to ${this.subject}`);
  }

  async stop(service: ServiceName): Promise<void> {
    const name = objectName(service, this.#options);
    if ((await this.#deployment(service)) === undefined) return;
    await this.#must(['scale', `deployment/${name}`, '--replicas=0']);
    const pods = ['wait', '--for=delete', 'pod', '--selector', this.#selector(service), '--timeout=120s'];
    await this.#must(pods);
    await this.#must(['delete', `deployment/${name}`]);
  }

  async state(service: ServiceName): Promise<ServiceState> {
    const found = await this.#deployment(service);
    if (found === undefined) return { state: 'absent', detail: `no deployment ${objectName(service, this.#options)}` };
    const { metadata, spec, status } = found;
    const fingerprint = metadata.annotations?.[FINGERPRINT_ANNOTATION];
    const isCurrent = status.observedGeneration === metadata.generation;
    const { updatedReplicas = 0, readyReplicas = 0, replicas = 0 } = status;
    const detail = `${readyReplicas} of ${spec.replicas} replicas are ready`;
    if (isCurrent && [updatedReplicas, readyReplicas, replicas].every((count) => count === spec.replicas)) {
      return { state: 'ready', fingerprint, detail };
    }
    const format = '{range .items[*].status.containerStatuses[*]}{.restartCount}{"\\n"}{end}';
    const pods = await this.#must([
      'get',
      'pods',
      '--selector',
      this.#selector(service),
      '--output',
      `jsonpath=${format}`,
    ]);
    const isFailing = pods.split('\n').some((count) => Number(count) >= RESTARTS_MAX);
    const logs = await this.#run(['logs', '--selector', this.#selector(service), '--tail', '12']);
    return {
      state: isFailing ? 'failed' : 'starting',
      fingerprint,
      detail: `${detail}; the log ends with:\n${logs.stdout}`,
    };
  }

  async remove(): Promise<void> {
    for (const service of ['storer', 'reloader'] as const) {
      await this.stop(service);
      await this.#must(['delete', KINDS, '--ignore-not-found', '--selector', this.#selector(service)]);
      for (const path of [`${service}.secret.yaml`, `${service}.manifests.yaml`]) {
        await rm(join(this.#options.folder, path), { force: true });
      }
    }
  }

  async #deployment(service: ServiceName): Promise<FoundDeployment | undefined> {
    const name = objectName(service, this.#options);
    const answer = await this.#must(['get', 'deployment', name, '--ignore-not-found', '--output', 'json']);
    // As the API of apps/v1 gives it.
    return answer.trim() === '' ? undefined : (JSON.parse(answer) as FoundDeployment);
  }

  #selector(service: ServiceName): string {
    return `app.kubernetes.io/instance=${this.#options.name},app.kubernetes.io/component=${service}`;
  }

  #run(args: readonly string[]): ReturnType<typeof runProgram> {
    return runProgram(this.#kubectl, this.#located(args));
  }

  #must(args: readonly string[]): Promise<string> {
    return mustRun(this.#kubectl, this.#located(args));
  }

  #located(args: readonly string[]): readonly string[] {
    const { namespace, context } = this.#options;
    return [...(context === undefined ? [] : ['--context', context]), '--namespace', namespace, ...args];
  }
}

interface FoundDeployment {
  readonly metadata: { readonly generation?: number; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly replicas: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
  };
}
