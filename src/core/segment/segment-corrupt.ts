import { AppError } from '../errors.ts';

/** A segment whose bytes are not what the format says. */
export class SegmentCorruptError extends AppError {
  /** Byte of the object where it was found. */
  readonly position: number;

  constructor(objectKey: string, position: number, reason: string, cause?: unknown) {
    super('SEGMENT_CORRUPT', `cannot read ${objectKey} at byte ${position}: ${reason}`, {
      subject: objectKey,
      hint: 'Restore the object from a copy of the bucket; `bss archive verify` tells what else is damaged.',
      cause,
    });
    this.position = position;
  }
}

/** The error for a segment whose bytes are not what the format says; `position` is a byte of the object. */
export function segmentCorrupt(
  objectKey: string,
  position: number,
  reason: string,
  cause?: unknown,
): SegmentCorruptError {
  return new SegmentCorruptError(objectKey, position, reason, cause);
}

/** What an error says, for a reason. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
