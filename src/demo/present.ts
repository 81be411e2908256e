import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import type { SignalSource, StopSignal } from '../core/runtime/lifecycle.ts';
import type { DemoScreen } from './demo-screen.ts';

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

/** Where a demonstration is shown, and what happens after it. */
export interface Presentation {
  readonly screen: DemoScreen;
  readonly signals: SignalSource;
  /** Leaves everything running until a signal. */
  readonly keep: boolean;
}

/**
 * Runs a demonstration, says what it gives as what to try next, and removes everything that it started or made: at the
 * end, after an error, and on Ctrl-C, for which `keep` waits. Gives the exit code.
 */
export async function present(
  { screen, signals, keep }: Presentation,
  run: (resources: AsyncDisposableStack) => Promise<readonly string[]>,
): Promise<number> {
  const stopped = Promise.withResolvers<StopSignal>();
  const listener = (signal: StopSignal): void => stopped.resolve(signal);
  for (const signal of SIGNALS) signals.on(signal, listener);
  const resources = new AsyncDisposableStack();
  try {
    const running = run(resources);
    const outcome = await Promise.race([running, stopped.promise]);
    if (typeof outcome === 'string') {
      // What it was about to do fails now that everything is taken away from it.
      running.catch(() => undefined);
      screen.write('', 'Stopped; cleaning up.');
      return outcome === 'SIGINT' ? EXIT_CODES.sigint : EXIT_CODES.sigterm;
    }
    screen.write(...outcome);
    if (keep) await stopped.promise;
    return EXIT_CODES.ok;
  } catch (error) {
    // What went wrong first is what has to be told; that cleaning up fails after it may well have the same reason.
    await resources.disposeAsync().catch(() => undefined);
    throw error;
  } finally {
    await resources.disposeAsync();
    for (const signal of SIGNALS) signals.off(signal, listener);
  }
}
