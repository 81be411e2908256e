import { parentPort, type Transferable } from 'node:worker_threads';
import { must } from '../assert.ts';
import type { ThreadAnswer, ThreadCall } from './called-thread.ts';
import { errorParts } from './thread-error.ts';

/** What a request came to, and which of it is moved to the caller instead of copied. */
export interface CallOutcome {
  readonly result: unknown;
  readonly transfer?: readonly Transferable[];
}

/** To be called in the file of a `CalledThread`: carries out its requests, one after the other. */
export function answerCalls(carryOut: (request: unknown) => CallOutcome): void {
  const port = must(parentPort, 'only a worker thread answers calls');
  port.on('message', ({ id, request }: ThreadCall) => {
    try {
      const { result, transfer = [] } = carryOut(request);
      port.postMessage({ id, result } satisfies ThreadAnswer, transfer);
    } catch (error) {
      port.postMessage({ id, error: errorParts(error) } satisfies ThreadAnswer);
    }
  });
}
