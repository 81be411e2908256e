import { assert } from '../assert.ts';

/**
 * Maps a stream in order with up to `aheadMax` calls in flight. The first error, of the stream or of a call, is thrown
 * where its result would have come. A consumer that stops early waits for no call: what is in flight is let go.
 */
export async function* mapAhead<In, Out>(
  inputs: AsyncIterable<In> | Iterable<In>,
  map: (input: In) => Promise<Out>,
  aheadMax: number,
): AsyncGenerator<Out> {
  assert(aheadMax >= 1, 'at least one call in flight');
  const iterator = iterate(inputs);
  const inFlight: Promise<Out>[] = [];
  let ended = false;
  try {
    while (true) {
      while (!ended && inFlight.length < aheadMax) {
        const next = await iterator.next().catch((error: unknown) => ({ failed: error }));
        ended = 'failed' in next || next.done === true;
        if (!('failed' in next) && next.done === true) break;
        const result = 'failed' in next ? Promise.reject(next.failed) : map(next.value);
        // Marks it handled: it is awaited below, but perhaps only after an earlier one was thrown.
        result.catch(() => undefined);
        inFlight.push(result);
      }
      const first = inFlight.shift();
      if (first === undefined) return;
      yield await first;
    }
  } finally {
    if (!ended) await iterator.return(undefined);
  }
}

async function* iterate<T>(inputs: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  yield* inputs;
}
