import { AppError, isAppError } from '../../core/errors.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { LoadState } from '../cdc/cdc-driver.ts';
import type { StepRun } from '../step/step.ts';
import { waitUntil } from './wait-until.ts';

/** A worker of Kafka Connect that is started anew, on another machine perhaps, is back by then. */
const OUTAGE_MAX_MS = 5 * 60_000;

/** A load of a CDC that is under way. */
export interface LoadUnderWay {
  /** The CDC, for people. */
  readonly subject: string;
  readonly state: () => Promise<LoadState>;
  /** Records that have come into its topics since it began. */
  readonly written: () => Promise<number>;
  /** Rows that there are to load, where that is known. */
  readonly total: number | undefined;
  readonly progress: StepRun['progress'];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/**
 * Waits until the CDC says that its load is done. The load does not depend on whoever asks: a CDC that does not answer for
 * some minutes is asked again.
 * @throws DEPLOY_CDC_FAILED, DEPLOY_CDC_UNREACHABLE, DEPLOY_TIMEOUT
 */
export async function awaitLoad(load: LoadUnderWay): Promise<LoadState> {
  const { subject, clock, signal, timeoutMs, total, progress } = load;
  let silentSinceMs: number | undefined;
  const probe = async (): Promise<LoadState | undefined> => {
    const askedMs = clock.monotonicMs();
    let found: LoadState | undefined;
    try {
      found = await load.state();
      silentSinceMs = undefined;
    } catch (error) {
      if (!isAppError(error, 'DEPLOY_CDC_UNREACHABLE')) throw error;
      silentSinceMs ??= askedMs;
      if (clock.monotonicMs() - silentSinceMs >= OUTAGE_MAX_MS) throw error;
    }
    if (found?.state === 'failed') throw failed(subject, found.reason);
    const text = found === undefined ? 'the CDC does not answer' : 'written by the CDC';
    progress({ done: await load.written(), total, unit: 'records', text });
    return found?.state === 'finished' ? found : undefined;
  };
  return await waitUntil(probe, {
    clock,
    signal,
    timeoutMs,
    late: () => `the load of ${subject} does not come to its end`,
    hint: 'A further `bss deploy apply` goes on waiting; checks.loadTimeout says how long.',
  });
}

function failed(subject: string, reason = 'no reason given'): AppError {
  return new AppError('DEPLOY_CDC_FAILED', `the load of ${subject} has failed: ${reason}`, { subject });
}
