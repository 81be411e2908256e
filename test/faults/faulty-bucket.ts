import { AppError, type ErrorCode } from '../../src/core/errors.ts';
import type { Bucket } from '../../src/core/bucket/bucket.ts';
import { layeredBucket } from '../../src/core/bucket/layered-bucket.ts';

/** How often what goes wrong, each in [0, 1]. */
export interface BucketFaults {
  /** The call never reaches the store. */
  readonly before: number;
  /** The call succeeds, and its answer is lost; a listing breaks off after an entry. */
  readonly after: number;
  /** The call waits some turns of the event loop, so that calls overtake each other. */
  readonly delay: number;
}

/** A bucket that fails as a network does, with errors of the code. The same seed gives the same faults to the same sequence of calls. */
export function faultyBucket(
  inner: Bucket,
  faults: BucketFaults,
  seed: number,
  code: ErrorCode = 'BUCKET_UNAVAILABLE',
): Bucket {
  const random = seededRandom(seed);
  const strike = (probability: number, moment: string) => {
    if (random() < probability) throw new AppError(code, `injected fault ${moment} the call`, { subject: inner.url });
  };
  const pause = async () => {
    if (random() >= faults.delay) return;
    for (let turns = Math.floor(random() * 5); turns > 0; turns--)
      await new Promise((resolve) => setImmediate(resolve));
  };
  return layeredBucket(inner, {
    async call(_operation, run) {
      await pause();
      strike(faults.before, 'before');
      const answer = await run();
      await pause();
      strike(faults.after, 'after');
      return answer;
    },
    async *iterate(_operation, open) {
      strike(faults.before, 'before');
      for await (const entry of open(undefined)) {
        await pause();
        yield entry;
        strike(faults.after, 'in the middle of');
      }
    },
  });
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}
