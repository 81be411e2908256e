import type { Clock } from './clock.ts';

/**
 * The work's outcome, or a rejection with `expired()` when it takes longer than `timeoutMs`. The work itself is not
 * cancelled: it must end by other means. An outcome that comes too late is dropped.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  timeoutMs: number,
  clock: Clock,
  expired: () => Error,
): Promise<T> {
  const settled = new AbortController();
  const expiry = clock.sleep(timeoutMs, settled.signal).then(
    () => {
      throw expired();
    },
    () => work,
  );
  try {
    return await Promise.race([work, expiry]);
  } finally {
    expiry.catch(() => undefined);
    settled.abort();
  }
}
