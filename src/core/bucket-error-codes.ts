import type { ErrorDescription } from './errors.ts';

/** The part of the table of operating errors that is about the object store. */
export const BUCKET_ERROR_CODES = {
  BUCKET_ACCESS_DENIED: {
    retryable: false,
    summary: 'The store refused the credentials, or they lack a right.',
    remedy:
      'Check key, secret and region, and that the user may get, put and list below the prefix. The system clock must be right.',
  },
  BUCKET_CONDITIONAL_PUT_IGNORED: {
    retryable: false,
    summary: 'The store overwrites an object that must be created only if absent.',
    remedy:
      'Use a store, or a release of it, that honours `If-None-Match: *` on put. Without it two writers could overwrite each other.',
  },
  BUCKET_CONTRACT_BROKEN: {
    retryable: false,
    summary: 'The store does not keep what was written as it was written.',
    remedy:
      'The message says what came back otherwise than written. Look for a proxy or gateway in between; use another store if it persists.',
  },
  BUCKET_DISK_FULL: {
    retryable: true,
    summary: 'The disk below a directory bucket is full.',
    remedy: 'Free space on the disk of the directory. Nothing is lost: records wait in Kafka.',
  },
  BUCKET_INVALID_KEY: {
    retryable: false,
    summary: 'An object key breaks the rules that every store can keep.',
    remedy: 'Choose a folder or prefix by the rules that the message names.',
  },
  BUCKET_INVALID_URL: {
    retryable: false,
    summary: 'A bucket URL cannot be understood.',
    remedy: 'Write `s3://bucket/prefix` or `file:///directory`.',
  },
  BUCKET_MISSING: {
    retryable: false,
    summary: 'The bucket, or the directory that stands for it, does not exist.',
    remedy: 'Create the bucket or directory, or correct `bucket.url`, region and endpoint.',
  },
  BUCKET_OBJECT_MISSING: {
    retryable: false,
    summary: 'An object that should be there is not.',
    remedy:
      'Something removed an object. Run `bss archive verify`, and restore it from a copy or version of the bucket.',
  },
  BUCKET_READ_ONLY: {
    retryable: false,
    summary: 'The bucket can be read but not written.',
    remedy: 'Give this user the right to write to the directory, or mount it writable.',
  },
  BUCKET_REQUEST_REFUSED: {
    retryable: false,
    summary: 'The store refuses a request, and would refuse it again.',
    remedy: 'The message has the answer of the store. Compare it with the limits and policies of the store.',
  },
  BUCKET_UNAVAILABLE: {
    retryable: true,
    summary: 'The store cannot be reached, or answers with a passing error.',
    remedy:
      'Passes by itself when the store comes back. Check `bucket.endpoint`, name resolution, network and the health of the store.',
  },
} as const satisfies Record<string, ErrorDescription>;
