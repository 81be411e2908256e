import type { StepRun } from '../step/step.ts';

/** The services that a deployment consists of. */
export type ServiceName = 'storer' | 'reloader';

/** How a runtime reaches the person who watches, and learns that it is to end. */
export type RuntimeRun = Pick<StepRun, 'signal' | 'say' | 'askPerson' | 'progress'>;

/** A configuration of a service: what its `bss.yaml` is to hold, by section. Secrets are in it. */
export type ServiceConfig = Readonly<Record<string, unknown>>;

/** Something that a runtime would write or apply. */
export interface RenderedFile {
  /** Relative to the deployment's folder. */
  readonly path: string;
  readonly text: string;
  /** Not to be shown, and written for its owner alone. */
  readonly secret: boolean;
}

/**
 * Where the services run: processes of this machine, Docker Compose, Kubernetes. Every call is idempotent.
 * @throws DEPLOY_RUNTIME_UNAVAILABLE when it cannot be reached or its program is missing, DEPLOY_RUNTIME_FAILED when a
 * service does not come up (with the end of its log).
 */
export interface Runtime {
  readonly kind: 'local' | 'compose' | 'kubernetes';
  /** As a person would name it: `processes of this machine, in /var/lib/bss`. */
  readonly subject: string;

  /** What `start` would write; reads only. */
  render(service: ServiceName, config: ServiceConfig): readonly RenderedFile[];

  /** Can work at all. Reads only; sentences for the plan and the evidence. */
  probe(): Promise<readonly string[]>;

  /** Runs the service with that configuration: started, or started anew when it runs with another one. Does not wait. */
  start(service: ServiceName, config: ServiceConfig, run: RuntimeRun): Promise<void>;

  /** Stops it in good order; it is gone once this resolves. One that does not run is no error. */
  stop(service: ServiceName, run: RuntimeRun): Promise<void>;

  /** Reads only. */
  state(service: ServiceName): Promise<ServiceState>;

  /** Stops everything and takes away what was written. */
  remove(run: RuntimeRun): Promise<void>;
}

/** How a service is. */
export interface ServiceState {
  /** `ready`: says of itself that it can work. `failed`: ended, or started again and again. */
  readonly state: 'absent' | 'starting' | 'ready' | 'failed';
  /** Another one for another configuration; undefined when absent. */
  readonly fingerprint?: string | undefined;
  /** For messages: the last lines of its log, or what the runtime says. */
  readonly detail: string;
}
