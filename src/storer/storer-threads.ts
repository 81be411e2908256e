import { setFlagsFromString } from 'node:v8';
import { SegmentThreads } from '../core/segment/segment-threads.ts';

/**
 * The space for new objects stays small in every thread. V8 would let it grow to 50 MB where much garbage is made, and
 * here nearly all is garbage at once: records are in memory of ours.
 */
const SMALL_NEW_SPACE = '--semi-space-growth-factor=1';

/** The threads of a storer, which start on their own: the sooner they are made, the less waits for them. */
export function startStorerThreads(count: number): SegmentThreads {
  setFlagsFromString(SMALL_NEW_SPACE);
  return new SegmentThreads({ count });
}
