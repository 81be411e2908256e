import { AppError } from '../errors.ts';
import type { Clock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { EXIT_CODES } from './exit-codes.ts';

/** Something that works until it is done or is told to stop. */
export interface Service {
  /** Resolves when the work is done or has been stopped; rejects when it cannot go on. Called once. */
  run(): Promise<void>;
  /** Asks the work to end in good order; resolves when it has. May be called at any time, more than once. */
  stop(): Promise<void>;
}

/** Where signals come from: `process`, or an `EventEmitter` in tests. */
export interface SignalSource {
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
}

/** The signals that stop a service. */
export type StopSignal = 'SIGTERM' | 'SIGINT';

/** How a service is run. */
export interface LifecycleOptions {
  readonly signals: SignalSource;
  readonly clock: Clock;
  /** How long `stop` may take. */
  readonly stopTimeoutMs: number;
  /** Called when the first signal arrives, and when a second one cuts the stopping short. */
  readonly onSignal?: ((signal: StopSignal, count: number) => void) | undefined;
  /** Called at most once, with what ended the service in bad order. */
  readonly onError: (error: unknown) => void;
}

const SIGNALS: readonly StopSignal[] = ['SIGTERM', 'SIGINT'];

/**
 * Runs the service until it is done, fails, or a signal arrives; then stops it, within the deadline. A second signal
 * ends the waiting at once. Gives the exit code that the process should end with, and never rejects.
 */
export async function runService(service: Service, options: LifecycleOptions): Promise<number> {
  const first = Promise.withResolvers<StopSignal>();
  const second = Promise.withResolvers<StopSignal>();
  let count = 0;
  const listener = (signal: StopSignal): void => {
    count++;
    options.onSignal?.(signal, count);
    (count === 1 ? first : second).resolve(signal);
  };
  for (const signal of SIGNALS) options.signals.on(signal, listener);
  try {
    const running = service.run();
    const stopping = first.promise.then(() => stopWithin(service, running, options));
    const forced = second.promise.then((signal) => (signal === 'SIGINT' ? EXIT_CODES.sigint : EXIT_CODES.sigterm));
    const finished = running.then(() => (count > 0 ? stopping : undefined));
    const done = Promise.race([finished, stopping]).then(() => EXIT_CODES.ok);
    return await Promise.race([done, forced]);
  } catch (error) {
    options.onError(error);
    return EXIT_CODES.error;
  } finally {
    for (const signal of SIGNALS) options.signals.off(signal, listener);
  }
}

/** Stops, and waits for `run` to end too, since it may end with an error that only it knows of. */
async function stopWithin(service: Service, running: Promise<void>, options: LifecycleOptions): Promise<void> {
  const expired = (): AppError =>
    new AppError('STOP_TIMEOUT', `stopping took longer than ${options.stopTimeoutMs} ms`, {
      hint: 'Nothing is lost: what was not finished is done again after the next start. Allow more time if it recurs.',
    });
  const stopped = Promise.all([service.stop(), running]);
  await withDeadline(stopped, options.stopTimeoutMs, options.clock, expired);
}
