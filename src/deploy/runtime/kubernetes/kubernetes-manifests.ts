import { stringify } from 'yaml';
import { ALL_TABLES } from '../../../core/config/service-shapes.ts';
import { AppError } from '../../../core/errors.ts';
import { configFingerprint } from '../config-fingerprint.ts';
import type { ServiceConfig, ServiceName } from '../runtime.ts';
import { withHttp } from '../service-port.ts';
import { splitSecrets } from '../split-secrets.ts';

const CONTAINER_PORT = 3000;
/** Annotation by which a workload tells which configuration it runs with; secrets have no part in it. */
export const FINGERPRINT_ANNOTATION = 'bss/config';

/** A Kubernetes object. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** What the objects of a service are made from. */
export interface KubernetesOptions {
  /** Names of objects begin with it. */
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly replicas: Readonly<Record<ServiceName, number>>;
}

/**
 * The objects of a service: ConfigMap, Secret, Deployment, Service, and a PodDisruptionBudget where there are several replicas.
 * The Helm chart makes the same ones.
 * @throws DEPLOY_RUNTIME_UNAVAILABLE for a bucket that is a directory: replicas would each have their own
 */
export function kubernetesManifests(
  service: ServiceName,
  config: ServiceConfig,
  options: KubernetesOptions,
): readonly Manifest[] {
  refuseDirectory(config);
  const { open, secrets } = splitSecrets(withHttp(config, { host: '0.0.0.0', port: CONTAINER_PORT }), ALL_TABLES);
  const metadata = metadataOf(service, options);
  const replicas = options.replicas[service];
  const budget = { minAvailable: 1, selector: { matchLabels: selectorOf(service, options) } };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'bss.yaml': stringify(open) } },
    { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', stringData: secrets },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        selector: selectorOf(service, options),
        ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
      },
    },
    deployment(service, annotationsOf(open, secrets), options),
    ...(replicas > 1
      ? [{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec: budget } satisfies Manifest]
      : []),
  ];
}

/** Name of a service's objects. */
export function objectName(service: ServiceName, { name }: Pick<KubernetesOptions, 'name'>): string {
  return `${name}-${service}`;
}

function deployment(
  service: ServiceName,
  annotations: Readonly<Record<string, string>>,
  options: KubernetesOptions,
): Manifest {
  const name = objectName(service, options);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadataOf(service, options), annotations },
    spec: {
      replicas: options.replicas[service],
      selector: { matchLabels: selectorOf(service, options) },
      template: {
        metadata: { labels: labelsOf(service, options), annotations },
        spec: {
          automountServiceAccountToken: false,
          // Longer than `drainTimeout`, so that it ends in good order.
          terminationGracePeriodSeconds: 45,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [container(service, name, options)],
          volumes: [
            { name: 'config', configMap: { name } },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    },
  };
}

/** A pod reads its configuration once: another one makes another pod. A few digits tell that secrets are others, and no more. */
function annotationsOf(open: ServiceConfig, secrets: ServiceConfig): Readonly<Record<string, string>> {
  return { [FINGERPRINT_ANNOTATION]: configFingerprint(open), 'bss/secrets': configFingerprint(secrets).slice(0, 8) };
}

function probe(kind: 'live' | 'ready', more: object): object {
  return { httpGet: { path: `/-/health/${kind}`, port: 'http' }, ...more };
}

function container(service: ServiceName, name: string, { image }: KubernetesOptions): object {
  return {
    name: service,
    image,
    args: [service, '--config', '/etc/bss/bss.yaml'],
    envFrom: [{ secretRef: { name } }],
    ports: [{ name: 'http', containerPort: CONTAINER_PORT, protocol: 'TCP' }],
    startupProbe: probe('live', { periodSeconds: 2, failureThreshold: 60 }),
    livenessProbe: probe('live', { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 }),
    readinessProbe: probe('ready', { periodSeconds: 5, timeoutSeconds: 3 }),
    resources: { requests: { cpu: '250m', memory: '384Mi' }, limits: { memory: '1Gi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/bss', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function metadataOf(service: ServiceName, options: KubernetesOptions): Manifest['metadata'] {
  return { name: objectName(service, options), namespace: options.namespace, labels: labelsOf(service, options) };
}

function selectorOf(service: ServiceName, { name }: KubernetesOptions): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/instance': name, 'app.kubernetes.io/component': service };
}

function labelsOf(service: ServiceName, options: KubernetesOptions): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': 'bucket-storage-support',
    ...selectorOf(service, options),
    'app.kubernetes.io/managed-by': 'bss',
  };
}

function refuseDirectory({ bucket }: ServiceConfig): void {
  const url: unknown = typeof bucket === 'object' && bucket !== null ? Reflect.get(bucket, 'url') : undefined;
  if (typeof url !== 'string' || !url.startsWith('file:')) return;
  throw new AppError('DEPLOY_RUNTIME_UNAVAILABLE', `the bucket ${url} is a directory, which pods do not share`, {
    subject: url,
    hint: 'Name a bucket of an object store as `bucket.url`.',
  });
}
