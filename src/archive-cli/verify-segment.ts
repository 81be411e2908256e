import { checkSameSource } from '../core/archive/segment-store.ts';
import { checkSegmentMetadata } from '../core/archive/stored-segment.ts';
import type { Source } from '../core/archive/source-registry.ts';
import { parseSegmentKey } from '../core/archive/archive-layout.ts';
import { must } from '../core/assert.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { type AppError, isAppError } from '../core/errors.ts';
import { SegmentCorruptError } from '../core/segment/segment-corrupt.ts';
import { parseObjectMetadata } from '../core/segment/segment-metadata-codec.ts';
import type { SegmentMetadata } from '../core/segment/segment-metadata.ts';
import { differingFields } from './same-metadata.ts';
import { readSegmentLines, type SegmentObject } from './read-segment-lines.ts';
import { readWholeTrailer } from './read-whole-trailer.ts';
import { SegmentContent } from './segment-content.ts';
import type { Finding, FindingName } from './verify-finding.ts';

/** What came out of one segment. */
export interface SegmentVerdict {
  readonly key: string;
  readonly sizeBytes: number;
  readonly findings: readonly Finding[];
  /** Undefined when it cannot be known, or is another segment's: the chain is then broken here. */
  readonly metadata: SegmentMetadata | undefined;
  readonly recordCount: number;
}

/**
 * Reads one segment from end to end and compares everything that is said of it: name, source, object metadata, trailer,
 * lines. The object is read once, besides its head and its trailer.
 * @throws BUCKET_* other than a missing object.
 */
export async function verifySegment(
  bucket: Bucket,
  { key, sizeBytes }: { readonly key: string; readonly sizeBytes: number },
  source: Source | undefined,
): Promise<SegmentVerdict> {
  const findings: Finding[] = [];
  const add = (name: FindingName, detail: string, position?: number): void => {
    findings.push({ name, key, position, detail });
  };
  const { compression, location } = must(parseSegmentKey(key), 'a segment was listed');
  const object: SegmentObject = { key, sizeBytes, compression };
  try {
    const metadata = await knownMetadata(bucket, object, add);
    const isOwn = metadata !== undefined && isOwnMetadata(object, metadata, source, location.partition, add);
    const recordCount = await verifyContent(bucket, object, isOwn ? metadata : undefined, add);
    // The same damage may be in the way twice: of the trailer alone, and of the whole.
    const damage = findings.findLastIndex(({ name }) => name === 'segment-damaged');
    const distinct = findings.filter(({ name }, at) => name !== 'segment-damaged' || at === damage);
    return { key, sizeBytes, findings: distinct, metadata: isOwn ? metadata : undefined, recordCount };
  } catch (error) {
    if (!isAppError(error, 'BUCKET_OBJECT_MISSING')) throw error;
    add('segment-missing', 'it was listed, and is gone');
    return { key, sizeBytes, findings, metadata: undefined, recordCount: 0 };
  }
}

type AddFinding = (name: FindingName, detail: string, position?: number) => void;

/** Object metadata, which must agree with the trailer; the trailer where there is none. */
async function knownMetadata(
  bucket: Bucket,
  object: SegmentObject,
  add: AddFinding,
): Promise<SegmentMetadata | undefined> {
  const beside = await objectMetadata(bucket, object, add);
  const inside = await trailerMetadata(bucket, object, add);
  if (beside === undefined) {
    if (inside !== undefined)
      add('metadata-missing', 'there is no object metadata that can be used; the trailer has it');
    return inside;
  }
  const fields = inside === undefined ? [] : differingFields(beside, inside);
  if (fields.length === 0) return beside;
  add('metadata-differs', `object metadata and trailer differ in ${fields.join(', ')}`);
  // The trailer came with the lines: where it fits the name, it is the object metadata that is wrong.
  return inside;
}

async function objectMetadata(
  bucket: Bucket,
  { key, compression }: SegmentObject,
  add: AddFinding,
): Promise<SegmentMetadata | undefined> {
  try {
    const metadata = parseObjectMetadata((await bucket.head(key))?.metadata ?? {}, key);
    if (metadata === undefined && compression === 'none') {
      add('metadata-damaged', 'there is no object metadata, and a segment that is not compressed has no trailer');
    }
    return metadata;
  } catch (error) {
    if (!isAppError(error) || error.code.startsWith('BUCKET_')) throw error;
    add(error.code === 'SEGMENT_FORMAT_UNSUPPORTED' ? 'segment-unsupported' : 'metadata-damaged', error.message);
    return undefined;
  }
}

async function trailerMetadata(
  bucket: Bucket,
  object: SegmentObject,
  add: AddFinding,
): Promise<SegmentMetadata | undefined> {
  try {
    return (await readWholeTrailer(bucket, object))?.metadata;
  } catch (error) {
    if (!isAppError(error) || error.code.startsWith('BUCKET_')) throw error;
    if (error.code === 'SEGMENT_FORMAT_UNSUPPORTED') add('segment-unsupported', error.message);
    else add('segment-damaged', error.message, positionOf(error));
    return undefined;
  }
}

function isOwnMetadata(
  { key, sizeBytes }: SegmentObject,
  metadata: SegmentMetadata,
  source: Source | undefined,
  partition: number,
  add: AddFinding,
): boolean {
  try {
    checkSegmentMetadata(key, metadata);
    if (source !== undefined) checkSameSource({ key, sizeBytes, metadata }, { ...source, partition });
    return true;
  } catch (error) {
    if (!isAppError(error)) throw error;
    add(isAppError(error, 'ARCHIVE_SOURCE_CONFLICT') ? 'segment-foreign' : 'segment-misnamed', error.message);
    return false;
  }
}

/** The records read, as far as they could be. */
async function verifyContent(
  bucket: Bucket,
  object: SegmentObject,
  metadata: SegmentMetadata | undefined,
  add: AddFinding,
): Promise<number> {
  const content = metadata === undefined ? undefined : new SegmentContent(metadata);
  try {
    for await (const frame of readSegmentLines(bucket, object)) {
      const problem = content?.take(frame);
      if (problem === undefined) continue;
      add('segment-differs', problem.detail, problem.position);
      return content?.recordCount ?? 0;
    }
  } catch (error) {
    if (!isAppError(error, 'SEGMENT_CORRUPT')) throw error;
    add('segment-damaged', error.message, positionOf(error));
    return content?.recordCount ?? 0;
  }
  for (const difference of content?.differences() ?? []) add('segment-differs', difference);
  return content?.recordCount ?? 0;
}

function positionOf(error: AppError): number | undefined {
  return error instanceof SegmentCorruptError ? error.position : undefined;
}
