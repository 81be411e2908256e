import type { Bucket } from '../core/bucket/bucket.ts';
import { openBucket } from '../core/bucket/open-bucket.ts';
import type { BucketRetry } from '../core/bucket/retrying-bucket.ts';
import { type BucketConfig, bucketOptions } from '../core/config/bucket-options.ts';
import type { CliHost } from './cli-host.ts';

/** Somebody at a terminal waits that long without wondering. */
const SILENT_MS = 1_000;
const TELL_EVERY_MS = 5_000;

/** Opens the bucket that a command looks into. Whoever waits for a store that does not answer is told so, and why. */
export function openArchive(bucket: BucketConfig, host: Pick<CliHost, 'stderr' | 'clock'>): Promise<Bucket> {
  return openBucket(bucket.url, { ...bucketOptions(bucket), retry: { onRetry: tellRetries(host) } });
}

/** Many requests fail at once where one does: one of them is told, now and then. */
export function tellRetries({ stderr, clock }: Pick<CliHost, 'stderr' | 'clock'>): (retry: BucketRetry) => void {
  let toldMs = clock.monotonicMs() + SILENT_MS - TELL_EVERY_MS;
  return ({ error }) => {
    const nowMs = clock.monotonicMs();
    if (nowMs - toldMs < TELL_EVERY_MS) return;
    toldMs = nowMs;
    stderr.write(`${error.message}; trying again\n`);
  };
}
