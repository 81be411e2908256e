import { randomUUID } from 'node:crypto';
import { AppError, isAppError } from '../errors.ts';
import type { Bucket, ObjectKey } from './bucket.ts';

const PROBE_FOLDER = '_bss/probe';
const METADATA = { 'bss-probe': 'first' };

/** What a probe that found nothing wrong has to say. */
export interface ProbeResult {
  /** False when the credentials may not delete: then the probe's object, of some 50 bytes, stays behind under `_bss/probe`. */
  readonly deleted: boolean;
}

/**
 * Proves before the first record that the store creates objects only if absent, keeps body and metadata, and lists what it has.
 * @param id a name that was never used before
 * @throws BUCKET_CONDITIONAL_PUT_IGNORED when it overwrites, BUCKET_CONTRACT_BROKEN when it loses something, and the errors of the bucket
 */
export async function probeBucket(bucket: Bucket, id: string = randomUUID()): Promise<ProbeResult> {
  const key = `${PROBE_FOLDER}/${id}`;
  try {
    await probeObject(bucket, key, id);
  } catch (error) {
    // The first error is the one that says what is wrong with the store.
    await deleteProbe(bucket, key).catch(() => undefined);
    throw error;
  }
  return { deleted: await deleteProbe(bucket, key) };
}

async function probeObject(bucket: Bucket, key: ObjectKey, id: string): Promise<void> {
  const first = Buffer.from(`first ${id}\n`);
  const second = Buffer.from(`second, which must not be kept ${id}\n`);
  // Not judged: a repetition after a lost answer finds its own object.
  await bucket.put(key, [first], { metadata: METADATA });
  const answer = await bucket.put(key, [second]);
  const info = await bucket.head(key);
  if (info === undefined) throw broken(bucket, key, 'it is not there');
  const body = Buffer.from(await bucket.get(key));
  if (answer === 'created' || body.equals(second)) throw overwritten(bucket, key);
  if (!body.equals(first)) throw broken(bucket, key, 'the body read back is not the one that was written');
  if (info.sizeBytes !== first.byteLength) throw broken(bucket, key, 'its size is not that of the body');
  if (info.metadata['bss-probe'] !== METADATA['bss-probe']) throw broken(bucket, key, 'its metadata is lost');
  const listed = await Array.fromAsync(bucket.list(key), (entry) => entry.key);
  if (listed.length !== 1 || listed[0] !== key) throw broken(bucket, key, 'a listing does not have it');
}

async function deleteProbe(bucket: Bucket, key: ObjectKey): Promise<boolean> {
  try {
    await bucket.delete(key);
    return true;
  } catch (error) {
    if (isAppError(error, 'BUCKET_ACCESS_DENIED')) return false;
    throw error;
  }
}

function overwritten(bucket: Bucket, key: ObjectKey): AppError {
  return new AppError(
    'BUCKET_CONDITIONAL_PUT_IGNORED',
    `probe ${bucket.url}: a second put of ${key} replaced the first`,
    {
      subject: bucket.url,
      hint: 'Two writers would overwrite each other here. Use a store that keeps If-None-Match: *, as AWS S3 and MinIO do, and no proxy that strips it.',
    },
  );
}

function broken(bucket: Bucket, key: ObjectKey, reason: string): AppError {
  return new AppError('BUCKET_CONTRACT_BROKEN', `probe ${bucket.url}: ${key} was written, but ${reason}`, {
    subject: bucket.url,
    hint: 'The store, or a gateway or cache before it, changes or delays what passes; it cannot hold an archive.',
  });
}
