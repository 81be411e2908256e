import { AppError } from '../../core/errors.ts';
import type { ServiceConfig, ServiceName } from '../runtime/runtime.ts';
import type { Step, StepRun } from '../step/step.ts';
import type { Site } from './site.ts';
import { waitUntil } from './wait-until.ts';

const READY_TIMEOUT_MS = 180_000;

/** A service that is to run with a configuration from this step on. */
export interface ServiceStepOptions {
  readonly id: string;
  readonly title: string;
  readonly guideline: string | undefined;
  readonly service: ServiceName;
  readonly config: ServiceConfig;
  /** In words, for the plan: `archives orders-init into orders`. */
  readonly what: readonly string[];
}

/** Starts a service, or starts it anew when it runs with another configuration, and waits until it says that it is ready. */
export function serviceStep(site: Site, options: ServiceStepOptions): Step {
  const { runtime } = site;
  const { id, title, guideline, service, config, what } = options;
  return {
    id,
    title,
    guideline,
    describe: () =>
      Promise.resolve({
        inputs: [
          `runs as: ${runtime.subject}`,
          `files: ${runtime
            .render(service, config)
            .map(({ path }) => path)
            .join(', ')}`,
        ],
        changes: [`runs bss ${service}: ${what.join(', ')}`],
        preconditions: ['the runtime can be reached'],
        checks: ['the service says that it is ready'],
        undo: `stops bss ${service}`,
      }),
    async precondition() {
      await runtime.probe();
    },
    apply: (run) => ensureRuns(site, service, config, run),
    async check(run) {
      const { state, fingerprint = null } = await runtime.state(service);
      const found = { state, configuration: fingerprint, runtime: runtime.subject };
      await run.evidence({ check: `${service} is ready`, outcome: state === 'ready' ? 'passed' : 'failed', found });
      if (state !== 'ready') throw new AppError('DEPLOY_CHECK_FAILED', `${service} is ${state}`, { subject: service });
    },
    async uphold(run) {
      if ((await runtime.state(service)).state !== 'ready') await ensureRuns(site, service, config, run);
    },
    async undo(run) {
      await runtime.stop(service, run);
      if (service === 'storer') run.say(`what it has archived stays in ${site.bucket.url}`);
    },
  };
}

/** Stops a service that is in the way of what comes next. */
export function stopServiceStep(
  site: Site,
  { id, title, service }: Pick<ServiceStepOptions, 'id' | 'title' | 'service'>,
): Step {
  const { runtime } = site;
  return {
    id,
    title,
    guideline: undefined,
    describe: () =>
      Promise.resolve({
        inputs: [`runs as: ${runtime.subject}`],
        changes: [`stops bss ${service}`],
        preconditions: [],
        checks: ['it is gone'],
        undo: undefined,
        undoImpossible: `the steps before it take bss ${service} away altogether`,
      }),
    precondition: () => Promise.resolve(),
    apply: (run) => runtime.stop(service, run),
    async check(run) {
      const { state, detail } = await runtime.state(service);
      await run.evidence({
        check: `${service} has stopped`,
        outcome: state === 'absent' ? 'passed' : 'failed',
        found: state,
      });
      if (state !== 'absent') {
        throw new AppError('DEPLOY_CHECK_FAILED', `${service} was stopped, but is ${state}: ${detail}`, {
          subject: service,
        });
      }
    },
    undo: () => Promise.resolve(),
  };
}

/** The service runs with that configuration and is ready once this resolves. @throws DEPLOY_RUNTIME_*, DEPLOY_TIMEOUT */
export async function ensureRuns(
  { runtime, clock }: Site,
  service: ServiceName,
  config: ServiceConfig,
  run: StepRun,
): Promise<void> {
  await runtime.start(service, config, run);
  let detail = '';
  await waitUntil(
    async () => {
      const state = await runtime.state(service);
      detail = state.detail;
      if (state.state === 'failed')
        throw new AppError('DEPLOY_RUNTIME_FAILED', `${service} has failed: ${detail}`, { subject: service });
      return state.state === 'ready' ? true : undefined;
    },
    { clock, signal: run.signal, timeoutMs: READY_TIMEOUT_MS, late: () => `${service} is not ready: ${detail}` },
  );
}
