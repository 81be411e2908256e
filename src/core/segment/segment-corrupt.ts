import { AppError } from '../errors.ts';

/** The error for a segment whose bytes are not what the format says; `position` is a byte of the object. */
export function segmentCorrupt(objectKey: string, position: number, reason: string, cause?: unknown): AppError {
  return new AppError('SEGMENT_CORRUPT', `cannot read ${objectKey} at byte ${position}: ${reason}`, {
    subject: objectKey,
    hint: 'Restore the object from a copy of the bucket; `bss archive verify` tells what else is damaged.',
    cause,
  });
}

/** What an error says, for a reason. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
