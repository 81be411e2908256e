import { assert } from '../assert.ts';
import type { ByteRange } from './bucket.ts';

/** Refuses a range that is a mistake of the caller's: negative, fractional, or ending before it starts. */
export function assertRange(range: ByteRange | undefined): void {
  if (range === undefined) return;
  if ('last' in range) {
    assert(Number.isSafeInteger(range.last) && range.last >= 0, 'a range of last bytes is a whole number of them');
    return;
  }
  const whole = Number.isSafeInteger(range.start) && Number.isSafeInteger(range.end);
  assert(
    whole && range.start >= 0 && range.start <= range.end,
    'a byte range starts at or after 0 and ends at or after its start',
  );
}

/** The part of an object of `sizeBytes` that the range (or its absence) means: `end` exclusive, never past the object. */
export function resolveRange(
  range: ByteRange | undefined,
  sizeBytes: number,
): { readonly start: number; readonly end: number } {
  assertRange(range);
  if (range === undefined) return { start: 0, end: sizeBytes };
  if ('last' in range) return { start: Math.max(0, sizeBytes - range.last), end: sizeBytes };
  return { start: Math.min(range.start, sizeBytes), end: Math.min(range.end, sizeBytes) };
}
