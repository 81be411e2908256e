import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { ALL_TABLES } from '../../../core/config/service-shapes.ts';
import { configFingerprint } from '../config-fingerprint.ts';
import type { RenderedFile, ServiceConfig, ServiceName } from '../runtime.ts';
import { servicePort, type ServicePorts, withHttp } from '../service-port.ts';
import { splitSecrets } from '../split-secrets.ts';

/** Where a container listens; the host's port is the configured one. */
const CONTAINER_PORT = 3000;
/** Label by which a container tells which configuration it runs with. */
export const FINGERPRINT_LABEL = 'dev.bss.config';

/** What the files of a service are made from. */
export interface ComposeOptions {
  readonly image: string;
  readonly ports?: ServicePorts | undefined;
}

/**
 * `compose.<service>.yaml`, and the configuration that it mounts. Secrets are in the former: files of variables are read by
 * rules that do not let every text through.
 */
export function composeFiles(service: ServiceName, config: ServiceConfig, options: ComposeOptions): RenderedFile[] {
  const { open, secrets } = splitSecrets(withHttp(config, { host: '0.0.0.0', port: CONTAINER_PORT }), ALL_TABLES);
  return [
    { path: `compose.${service}.yaml`, text: stringify(composeFile(service, config, secrets, options)), secret: true },
    { path: `${service}.yaml`, text: stringify(open), secret: false },
  ];
}

function composeFile(
  service: ServiceName,
  config: ServiceConfig,
  secrets: Readonly<Record<string, string>>,
  { image, ports }: ComposeOptions,
): object {
  const directory = bucketDirectory(config);
  const ready = `fetch('http://127.0.0.1:${CONTAINER_PORT}/-/health/ready').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))`;
  return {
    services: {
      [service]: {
        image,
        command: [service, '--config', '/etc/bss/bss.yaml'],
        restart: 'unless-stopped',
        // Compose would put variables in for a single dollar sign.
        environment: Object.fromEntries(
          Object.entries(secrets).map(([name, value]) => [name, value.replaceAll('$', '$$$$')]),
        ),
        ports: [`127.0.0.1:${servicePort(service, config, ports)}:${CONTAINER_PORT}`],
        volumes: [
          `./${service}.yaml:/etc/bss/bss.yaml:ro`,
          ...(directory === undefined ? [] : [`${directory}:${directory}`]),
        ],
        // Longer than `drainTimeout`, so that it ends in good order.
        stop_grace_period: '45s',
        read_only: true,
        tmpfs: ['/tmp'],
        security_opt: ['no-new-privileges:true'],
        cap_drop: ['ALL'],
        healthcheck: {
          test: ['CMD', 'node', '-e', ready],
          interval: '5s',
          timeout: '3s',
          start_period: '60s',
          retries: 3,
        },
        labels: { [FINGERPRINT_LABEL]: configFingerprint(config) },
      },
    },
  };
}

/** The directory of a `file://` bucket, which the container must see under the same path. */
function bucketDirectory({ bucket }: ServiceConfig): string | undefined {
  const url: unknown = typeof bucket === 'object' && bucket !== null ? Reflect.get(bucket, 'url') : undefined;
  return typeof url === 'string' && url.startsWith('file://') ? fileURLToPath(url) : undefined;
}
