import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { crc32c } from '@node-rs/crc32';
import { must } from '../assert.ts';
import type { PutOptions } from './bucket.ts';
import { bodySizeBytes, splitBody } from './object-body.ts';
import { notS3 } from './s3-error.ts';

const PARTS_AT_ONCE = 4;
const ABANDON_TIMEOUT_MS = 10_000;

/** What to create, and how long it may take. */
export interface S3Creation {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly body: readonly Uint8Array[];
  readonly options: PutOptions;
  readonly signal: AbortSignal;
}

/** Creates an object by one request. Errors are the SDK's: 412 when the object exists. */
export async function putWhole({ client, bucket, key, body, options, signal }: S3Creation): Promise<void> {
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    IfNoneMatch: '*',
    ...requestBody(body),
    ChecksumCRC32C: checksumOf(body),
    ContentType: options.contentType,
    Metadata: { ...options.metadata },
  });
  const { ETag } = await client.send(command, { abortSignal: signal });
  if (ETag === undefined) throw notS3('put', `s3://${bucket}/${key}`);
}

/**
 * Creates an object in parts, which become visible together. Errors are the SDK's: 412 when the object exists.
 * @param partSizeBytes of every part but the last; S3 wants 5 MiB or more
 */
export async function putParts(creation: S3Creation, partSizeBytes: number): Promise<void> {
  const { client, bucket, key, options, signal } = creation;
  const create = new CreateMultipartUploadCommand({
    Bucket: bucket,
    Key: key,
    ChecksumAlgorithm: 'CRC32C',
    ContentType: options.contentType,
    Metadata: { ...options.metadata },
  });
  const { UploadId: uploadId } = await client.send(create, { abortSignal: signal });
  if (uploadId === undefined) throw notS3('put', `s3://${bucket}/${key}`);
  try {
    const parts = await uploadParts(creation, uploadId, partSizeBytes);
    const complete = new CompleteMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      UploadId: uploadId,
      IfNoneMatch: '*',
      MultipartUpload: { Parts: parts },
    });
    const { ETag } = await client.send(complete, { abortSignal: signal });
    if (ETag === undefined) throw notS3('put', `s3://${bucket}/${key}`);
  } catch (cause) {
    await abandon(creation, uploadId);
    throw cause;
  }
}

async function uploadParts(creation: S3Creation, uploadId: string, partSizeBytes: number): Promise<CompletedPart[]> {
  const bodies = splitBody(creation.body, partSizeBytes);
  const parts: CompletedPart[] = [];
  let next = 0;
  const uploadRest = async () => {
    while (next < bodies.length) {
      const index = next++;
      try {
        parts[index] = await uploadPart(creation, uploadId, index + 1, must(bodies[index], 'every part has a body'));
      } catch (cause) {
        next = bodies.length;
        throw cause;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: PARTS_AT_ONCE }, uploadRest));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return parts;
}

async function uploadPart(
  { client, bucket, key, signal }: S3Creation,
  uploadId: string,
  partNumber: number,
  body: readonly Uint8Array[],
): Promise<CompletedPart> {
  const checksum = checksumOf(body);
  const command = new UploadPartCommand({
    Bucket: bucket,
    Key: key,
    UploadId: uploadId,
    PartNumber: partNumber,
    ...requestBody(body),
    ChecksumCRC32C: checksum,
  });
  const { ETag } = await client.send(command, { abortSignal: signal });
  return { PartNumber: partNumber, ETag, ChecksumCRC32C: checksum };
}

/** Frees the parts of an upload that failed. That it failed matters more than that they could not be freed. */
async function abandon({ client, bucket, key }: S3Creation, uploadId: string): Promise<void> {
  const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId });
  await client.send(command, { abortSignal: AbortSignal.timeout(ABANDON_TIMEOUT_MS) }).catch(() => undefined);
}

/** A stream is sent as it is, unsigned; the SDK would hash a buffer. An empty stream confuses some stores. */
function requestBody(body: readonly Uint8Array[]): { Body: Readable | Buffer; ContentLength: number } {
  const sizeBytes = bodySizeBytes(body);
  return {
    Body: sizeBytes === 0 ? Buffer.alloc(0) : Readable.from(body, { objectMode: true }),
    ContentLength: sizeBytes,
  };
}

/** CRC-32C as S3 writes it: big-endian, base64. */
function checksumOf(body: readonly Uint8Array[]): string {
  let crc = 0;
  for (const chunk of body) crc = crc32c(chunk, crc);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}
