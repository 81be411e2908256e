import { fileURLToPath } from 'node:url';
import { AppError } from '../errors.ts';
import type { Bucket } from './bucket.ts';
import { openFileBucket } from './file-bucket.ts';
import { limitedBucket } from './limited-bucket.ts';
import { memoryBucket } from './memory-bucket.ts';
import { meteredBucket, type BucketCall } from './metered-bucket.ts';
import { keyProblem } from './object-key.ts';
import { prefixedBucket } from './prefixed-bucket.ts';
import { retryingBucket, type RetryOptions } from './retrying-bucket.ts';
import type { S3Options } from './s3-options.ts';

/** How a bucket is reached and watched; every field has a default. */
export interface BucketOptions {
  /** For `s3:` URLs. */
  readonly s3?: S3Options;
  /** Calls that reach the store at once. Default 32. */
  readonly concurrencyMax?: number;
  readonly retry?: RetryOptions;
  /** Told of every finished call, with its repetitions as one. */
  readonly onCall?: (call: BucketCall) => void;
}

const CONCURRENCY_MAX = 32;

/**
 * Opens the bucket that a URL names, with limit, repetition and metering around it.
 * @param url `s3://bucket`, `s3://bucket/prefix`, `file:///directory`, a path, or `memory:name`
 * @throws BUCKET_INVALID_URL; BUCKET_MISSING, BUCKET_ACCESS_DENIED for a directory. Other stores are not asked yet: `probeBucket` does.
 */
export async function openBucket(url: string, options: BucketOptions = {}): Promise<Bucket> {
  const store = await openStore(url, options.s3);
  const limited = limitedBucket(store, options.concurrencyMax ?? CONCURRENCY_MAX);
  const retrying = retryingBucket(limited, options.retry);
  return options.onCall === undefined ? retrying : meteredBucket(retrying, options.onCall);
}

async function openStore(url: string, s3: S3Options | undefined): Promise<Bucket> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (url === '' || url.includes('\0')) throw invalidUrl(url, 'it is empty, or no text');
  if (scheme === undefined) return await openFileBucket(url);
  if (scheme === 's3') return await openS3(url, s3);
  if (scheme === 'file') return await openFileBucket(pathOf(url));
  if (scheme === 'memory') return memoryBucket(url.slice('memory:'.length));
  throw invalidUrl(url, `there is no kind of bucket called ${scheme}`);
}

async function openS3(url: string, options: S3Options | undefined): Promise<Bucket> {
  if (/[?#]/.test(url))
    throw invalidUrl(url, 'endpoint, region and credentials are options of their own, not parts of the URL');
  if (url.includes('@')) throw invalidUrl(url, 'credentials do not belong into the URL');
  const match = /^s3:\/\/([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])(?:\/(.*?))?\/?$/i.exec(url);
  const bucket = match?.[1];
  if (bucket === undefined) throw invalidUrl(url, 'it does not name a bucket');
  const prefix = match?.[2] ?? '';
  if (prefix !== '' && keyProblem(prefix) !== undefined)
    throw invalidUrl(url, `the prefix is no folder: ${keyProblem(prefix)}`);
  if ((options?.accessKeyId === undefined) !== (options?.secretAccessKey === undefined)) {
    throw new AppError('CONFIG_INVALID', `open ${url}: of access key and secret key only one is given`, {
      subject: url,
      hint: 'Give both, or neither: then the usual chain of the AWS SDK finds them.',
    });
  }
  // Loading the SDK takes longer than all the rest of a start.
  const { S3Bucket } = await import('./s3-bucket.ts');
  const store = new S3Bucket(bucket, options);
  return prefix === '' ? store : prefixedBucket(store, prefix);
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw invalidUrl(url, 'it is not the URL of a directory on this machine', cause);
  }
}

function invalidUrl(givenUrl: string, reason: string, cause?: unknown): AppError {
  // Messages are logged; credentials that somebody put into a URL are not.
  const url = givenUrl.replace(/\/\/.*@/, '//…@');
  return new AppError('BUCKET_INVALID_URL', `open ${JSON.stringify(url)}: ${reason}`, {
    subject: url,
    hint: 'Accepted are s3://bucket, s3://bucket/prefix, file:///directory, the path of a directory, and memory:name.',
    cause,
  });
}
