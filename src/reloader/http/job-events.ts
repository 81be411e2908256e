import { isFinal } from '../job/job-state.ts';
import type { JobDesk } from '../job-desk.ts';
import { jobJson } from './job-json.ts';

/** A comment now and then keeps proxies from closing a quiet stream. */
const KEEP_ALIVE_MS = 15_000;
/** At most so often an event: a browser need not draw more. */
const EVENT_INTERVAL_MS = 200;

/**
 * A job's progress as server-sent events (WHATWG HTML, "Server-sent events"): `progress` with the job whenever it has
 * changed, the first one at once, and `end` with the last state, after which the stream ends.
 */
export async function* jobEvents(desk: JobDesk, jobId: string, gone: AbortSignal): AsyncGenerator<string> {
  let revision = -1;
  let wake: (() => void) | undefined;
  const changed = (jobIds: ReadonlySet<string>): void => {
    if (jobIds.has(jobId)) wake?.();
  };
  const left = (): void => wake?.();
  desk.view.on('changed', changed);
  gone.addEventListener('abort', left);
  try {
    while (!gone.aborted) {
      const summary = desk.view.summary(jobId);
      if (summary === undefined) return;
      if (summary.revision === revision) {
        yield ': still here\n\n';
      } else {
        ({ revision } = summary);
        const final = isFinal(summary.state);
        yield event(final ? 'end' : 'progress', revision, jobJson(summary));
        if (final) return;
      }
      await pause(EVENT_INTERVAL_MS, gone);
      // Nothing can come in between: what is looked at here is what the listener would have told.
      if (desk.view.summary(jobId)?.revision !== revision || gone.aborted) continue;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      const timer = setTimeout(resolve, KEEP_ALIVE_MS);
      await promise;
      clearTimeout(timer);
    }
  } finally {
    desk.view.off('changed', changed);
    gone.removeEventListener('abort', left);
  }
}

function event(name: string, id: number, data: unknown): string {
  return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

function pause(ms: number, gone: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  gone.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
