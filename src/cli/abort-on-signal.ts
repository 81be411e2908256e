import type { SignalSource } from '../core/runtime/lifecycle.ts';

/** Aborted by the first signal; the next one finds the process as it is without us. */
export interface SignalledAbort extends Disposable {
  readonly signal: AbortSignal;
}

/** Work that is aborted by SIGINT or SIGTERM, until it is disposed of. */
export function abortOnSignal(signals: SignalSource): SignalledAbort {
  const stop = new AbortController();
  const release = (): void => {
    signals.off('SIGINT', abort);
    signals.off('SIGTERM', abort);
  };
  const abort = (): void => {
    stop.abort();
    release();
  };
  signals.on('SIGINT', abort);
  signals.on('SIGTERM', abort);
  return { signal: stop.signal, [Symbol.dispose]: release };
}
