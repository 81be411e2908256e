import type { ServiceConfig, ServiceName } from './runtime.ts';

/** Where services listen when nobody says otherwise: two of them may be on one machine. */
const DEFAULT_PORTS: Readonly<Record<ServiceName, number>> = { storer: 3000, reloader: 3001 };

/** Ports that were asked for, by service. */
export type ServicePorts = Readonly<Partial<Record<ServiceName, number | undefined>>>;

/** The port of a service: asked for, or the configuration's (the reloader's is the next one), or the default. */
export function servicePort(service: ServiceName, config: ServiceConfig, ports: ServicePorts = {}): number {
  const asked = ports[service];
  if (asked !== undefined) return asked;
  const given = httpSection(config)['port'];
  if (typeof given !== 'number' || given === 0) return DEFAULT_PORTS[service];
  return service === 'storer' ? given : given + 1;
}

/** The configuration with that section `http`, added to what it says itself. */
export function withHttp(
  config: ServiceConfig,
  http: { readonly port: number; readonly host?: string },
): ServiceConfig {
  return {
    ...config,
    http: { ...(http.host !== undefined && { host: http.host }), ...httpSection(config), port: http.port },
  };
}

function httpSection(config: ServiceConfig): Readonly<Record<string, unknown>> {
  const { http } = config;
  return typeof http === 'object' && http !== null ? { ...http } : {};
}
