import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { assert } from '../assert.ts';
import { AppError, isAppError } from '../errors.ts';
import type {
  Bucket,
  ByteRange,
  ListEntry,
  ListOptions,
  ObjectInfo,
  ObjectKey,
  PutOptions,
  PutResult,
} from './bucket.ts';
import { assertRange } from './byte-range.ts';
import { Deadline } from './deadline.ts';
import { bodySizeBytes } from './object-body.ts';
import { checkFolderPrefix, checkKey, checkPrefix, compareKeys, keyProblem, segmentProblem } from './object-key.ts';
import { assertPutOptions } from './put-options.ts';
import { s3Client } from './s3-client.ts';
import { brokeOff, notS3, s3Error, s3Status } from './s3-error.ts';
import type { S3Options } from './s3-options.ts';
import { putParts, putWhole, type S3Creation } from './s3-put.ts';

const MIB = 1_048_576;
const MULTIPART_THRESHOLD_BYTES = 512 * MIB;
const PART_SIZE_BYTES = 64 * MIB;
const REQUEST_TIMEOUT_MS = 30_000;
/** The slowest transfer that is waited for. */
const BYTES_PER_MS_MIN = MIB / 1_000;
/** Puts of one key that meet are answered 409 until one of them is done. */
const CONFLICTS_MAX = 8;
const CONFLICT_DELAY_MS = 50;

/**
 * A bucket of an S3 store. Objects are created by `If-None-Match: *`. Bodies are sent unsigned, chunk by chunk as they are, under a
 * signed CRC-32C that the store verifies: hashing them costs more than all the rest of a put. Repeats nothing but conflicts:
 * `retryingBucket` does.
 */
export class S3Bucket implements Bucket {
  readonly url: string;
  readonly #bucket: string;
  readonly #client: S3Client;
  readonly #multipartThresholdBytes: number;
  readonly #partSizeBytes: number;
  readonly #requestTimeoutMs: number;

  constructor(bucket: string, options: S3Options = {}) {
    this.url = `s3://${bucket}`;
    this.#bucket = bucket;
    this.#multipartThresholdBytes = options.multipartThresholdBytes ?? MULTIPART_THRESHOLD_BYTES;
    this.#partSizeBytes = options.partSizeBytes ?? PART_SIZE_BYTES;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    assert(this.#partSizeBytes >= 5 * MIB, 'S3 takes parts of 5 MiB or more');
    assert(this.#multipartThresholdBytes > 0 && this.#requestTimeoutMs > 0, 'S3 limits are positive');
    this.#client = s3Client(options, this.#requestTimeoutMs);
  }

  async put(key: ObjectKey, body: readonly Uint8Array[], options: PutOptions = {}): Promise<PutResult> {
    checkKey(key);
    assertPutOptions(options);
    const sizeBytes = bodySizeBytes(body);
    const isWhole = sizeBytes <= this.#multipartThresholdBytes;
    if (!isWhole && (await this.head(key)) !== undefined) return 'exists';
    return await this.#createOnce(key, async () => {
      using deadline = new Deadline(this.#timeoutMs(sizeBytes));
      const { signal } = deadline;
      const creation: S3Creation = { client: this.#client, bucket: this.#bucket, key, body, options, signal };
      await (isWhole ? putWhole(creation) : putParts(creation, this.#partSizeBytes));
    });
  }

  async get(key: ObjectKey, range?: ByteRange): Promise<Uint8Array> {
    checkKey(key);
    assertRange(range);
    if (isEmptyRange(range)) {
      // HTTP has no way to ask for nothing.
      if ((await this.head(key)) === undefined) throw this.#missingObject(key);
      return new Uint8Array(0);
    }
    using deadline = new Deadline(this.#requestTimeoutMs);
    try {
      const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range: rangeHeader(range) });
      const answer = await this.#client.send(command, { abortSignal: deadline.signal });
      const { ContentLength: sizeBytes } = answer;
      assert(answer.Body instanceof Readable, 'the SDK gives a body as a stream');
      if (sizeBytes === undefined || answer.ETag === undefined) {
        answer.Body.destroy();
        throw notS3('get', this.#urlOf(key));
      }
      deadline.restart(this.#timeoutMs(sizeBytes));
      if (range !== undefined && answer.ContentRange === undefined) {
        answer.Body.destroy();
        throw this.#ignoredRange(key);
      }
      return await readBody(answer.Body, sizeBytes);
    } catch (cause) {
      if (s3Status(cause) === 416) return new Uint8Array(0);
      if (cause instanceof Error && cause.name === 'NoSuchKey') throw this.#missingObject(key, cause);
      throw s3Error('get', this.#urlOf(key), cause);
    }
  }

  async head(key: ObjectKey): Promise<ObjectInfo | undefined> {
    checkKey(key);
    using deadline = new Deadline(this.#requestTimeoutMs);
    try {
      const command = new HeadObjectCommand({ Bucket: this.#bucket, Key: key });
      const answer = await this.#client.send(command, { abortSignal: deadline.signal });
      const { ContentLength: sizeBytes } = answer;
      if (sizeBytes === undefined || answer.ETag === undefined) throw notS3('head', this.#urlOf(key));
      return {
        sizeBytes,
        modifiedAtMs: answer.LastModified?.getTime() ?? 0,
        metadata: answer.Metadata ?? {},
      };
    } catch (cause) {
      if (s3Status(cause) === 404) return undefined;
      throw s3Error('head', this.#urlOf(key), cause);
    }
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncIterable<ListEntry> {
    checkPrefix(prefix);
    let last = '';
    for await (const page of this.#pages({ Prefix: prefix, StartAfter: options.startAfter })) {
      for (const { Key: key, Size: sizeBytes, LastModified: modifiedAt } of page.Contents ?? []) {
        // Markers of empty folders (`a/`), which consoles make, are not objects of ours.
        if (key === undefined || keyProblem(key) !== undefined) continue;
        if (areDisordered(last, key)) throw this.#disordered(key, last);
        last = key;
        yield { key, sizeBytes: sizeBytes ?? 0, modifiedAtMs: modifiedAt?.getTime() ?? 0 };
      }
    }
  }

  async *folders(prefix: string): AsyncIterable<string> {
    checkFolderPrefix(prefix);
    for await (const page of this.#pages({ Prefix: prefix, Delimiter: '/' })) {
      for (const { Prefix: folder = '' } of page.CommonPrefixes ?? []) {
        const name = folder.slice(prefix.length, -1);
        if (segmentProblem(name) === undefined) yield name;
      }
    }
  }

  async delete(key: ObjectKey): Promise<void> {
    checkKey(key);
    using deadline = new Deadline(this.#requestTimeoutMs);
    try {
      await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }), {
        abortSignal: deadline.signal,
      });
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'NoSuchKey') return;
      throw s3Error('delete', this.#urlOf(key), cause);
    }
  }

  /** Turns the answers to a conditional creation into what became of it. */
  async #createOnce(key: ObjectKey, create: () => Promise<void>): Promise<PutResult> {
    for (let conflicts = 0; ; conflicts++) {
      try {
        await create();
        return 'created';
      } catch (cause) {
        if (s3Status(cause) === 412) return 'exists';
        const error = s3Error('put', this.#urlOf(key), cause);
        // A store that knows the answer before it has read the body may hang up on the rest of it, and the answer is lost.
        if (brokeOff(cause) && (await this.head(key)) !== undefined) return 'exists';
        const isConflict = s3Status(cause) === 409 && isAppError(error, 'BUCKET_UNAVAILABLE');
        if (!isConflict || conflicts === CONFLICTS_MAX) throw error;
        await sleep(CONFLICT_DELAY_MS * 2 ** conflicts * (0.5 + Math.random() / 2));
      }
    }
  }

  async *#pages(query: PageQuery): AsyncGenerator<ListObjectsV2CommandOutput> {
    let token: string | undefined;
    do {
      const page = await this.#page(query, token);
      yield page;
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async #page(query: PageQuery, token: string | undefined): Promise<ListObjectsV2CommandOutput> {
    using deadline = new Deadline(this.#requestTimeoutMs);
    try {
      const command = new ListObjectsV2Command({ Bucket: this.#bucket, ...query, ContinuationToken: token });
      const page = await this.#client.send(command, { abortSignal: deadline.signal });
      const goesOn = page.IsTruncated === true && page.NextContinuationToken !== undefined;
      if (page.IsTruncated !== false && !goesOn) throw notS3('list', this.#urlOf(query.Prefix));
      return page;
    } catch (cause) {
      throw s3Error('list', this.#urlOf(query.Prefix), cause);
    }
  }

  #timeoutMs(sizeBytes: number): number {
    return this.#requestTimeoutMs + Math.ceil(sizeBytes / BYTES_PER_MS_MIN);
  }

  #urlOf(key: string): string {
    return `${this.url}/${key}`;
  }

  #missingObject(key: ObjectKey, cause?: unknown): AppError {
    return new AppError('BUCKET_OBJECT_MISSING', `get ${this.#urlOf(key)}: no such object`, {
      subject: this.#urlOf(key),
      cause,
    });
  }

  #disordered(key: ObjectKey, last: ObjectKey): AppError {
    return new AppError('BUCKET_CONTRACT_BROKEN', `list ${this.url}: ${key} came after ${last}`, {
      subject: this.url,
      hint: 'The store does not list in the order of keys (S3 Express directory buckets do not); use another kind of bucket.',
    });
  }

  #ignoredRange(key: ObjectKey): AppError {
    return new AppError(
      'BUCKET_CONTRACT_BROKEN',
      `get ${this.#urlOf(key)}: the store ignored the range that was asked for`,
      {
        subject: this.#urlOf(key),
        hint: 'The store, or a proxy before it, must keep the Range header.',
      },
    );
  }
}

interface PageQuery {
  readonly Prefix: string;
  readonly StartAfter?: string | undefined;
  readonly Delimiter?: string;
}

function isEmptyRange(range: ByteRange | undefined): boolean {
  if (range === undefined) return false;
  return 'last' in range ? range.last === 0 : range.start === range.end;
}

/**
 * True for neighbours of one folder in the wrong order. The order of folders among each other is not judged: stores that keep them as
 * directories (SeaweedFS) sort `a/` before `a-b`, and nothing that reads one chain sees a difference.
 */
function areDisordered(last: ObjectKey, key: ObjectKey): boolean {
  const folderEnd = key.lastIndexOf('/') + 1;
  return (
    last.lastIndexOf('/') + 1 === folderEnd && last.startsWith(key.slice(0, folderEnd)) && compareKeys(last, key) >= 0
  );
}

function rangeHeader(range: ByteRange | undefined): string | undefined {
  if (range === undefined) return undefined;
  return 'last' in range ? `bytes=-${range.last}` : `bytes=${range.start}-${range.end - 1}`;
}

async function readBody(body: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  let filled = 0;
  for await (const chunk of body) {
    bytes.set(chunk, filled);
    filled += chunk.byteLength;
  }
  if (filled !== sizeBytes) throw Object.assign(new Error('the answer was cut off'), { code: 'ECONNRESET' });
  return bytes;
}
