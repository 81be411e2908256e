import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { must } from '../assert.ts';
import type { ObjectKey } from '../bucket/bucket.ts';
import { formatObjectMetadata, parseObjectMetadata } from '../segment/segment-metadata-codec.ts';
import { partitionPrefix, type IndexKey, type PartitionLocation } from './archive-layout.ts';
import { checkSegmentMetadata, type StoredSegment } from './stored-segment.ts';

/**
 * What an index object holds: every segment of a partition whose key comes after `after`, up to and including the key of
 * the last one listed, in order (docs/format.md, "Index objects").
 */
export interface IndexRun {
  /** Key of the segment before the first one listed; the partition's prefix when there is none. */
  readonly after: string;
  /** At least one. */
  readonly segments: readonly StoredSegment[];
}

/** Version of index objects that this release writes, and the only one that it reads. */
const INDEX_FORMAT_VERSION = 1;

/** An index object has at most 16,384 lines; 2,500 bytes each is more than object metadata can take. */
const LINES_BYTES_MAX = 40 * 1024 * 1024;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** The body of an index object. */
export async function encodeIndexRun(at: IndexKey, run: IndexRun): Promise<Uint8Array> {
  const prefix = partitionPrefix(at.location);
  const header = {
    formatVersion: INDEX_FORMAT_VERSION,
    source: at.location.source,
    partition: at.location.partition,
    level: at.level,
    after: run.after.slice(prefix.length),
    count: run.segments.length,
  };
  const lines = [JSON.stringify(header)];
  for (const { key, sizeBytes, metadata } of run.segments) {
    lines.push(JSON.stringify({ name: key.slice(prefix.length), sizeBytes, metadata: formatObjectMetadata(metadata) }));
  }
  const params = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 };
  return await compress(Buffer.from(`${lines.join('\n')}\n`), { params });
}

/**
 * What the object holds; `damaged` when it is not what `encodeIndexRun` made for this place, `later` when a later release
 * wrote it. Both mean: read the segments instead.
 */
export async function decodeIndexRun(at: IndexKey, body: Uint8Array): Promise<IndexRun | 'damaged' | 'later'> {
  try {
    const lines = (await decompress(body, { maxOutputLength: LINES_BYTES_MAX })).toString().split('\n');
    const header: unknown = JSON.parse(lines[0] ?? '');
    if (!isRecord(header)) return 'damaged';
    if (header['formatVersion'] !== INDEX_FORMAT_VERSION) return 'later';
    const { location } = at;
    if (header['source'] !== location.source || header['partition'] !== location.partition) return 'damaged';
    // Ends in a line feed, so that the last of the lines is empty.
    if (header['level'] !== at.level || header['count'] !== lines.length - 2 || lines.at(-1) !== '') return 'damaged';
    const prefix = partitionPrefix(location);
    const after = `${prefix}${String(header['after'])}`;
    const segments = lines.slice(1, -1).map((line) => decodeEntry(location, line));
    return isAscending(after, segments) && segments[0]?.metadata.start === at.start ? { after, segments } : 'damaged';
  } catch {
    // A cache that cannot be read is no cache: not zstd, too large, not JSON, or metadata that is not metadata.
    return 'damaged';
  }
}

function decodeEntry(location: PartitionLocation, line: string): StoredSegment {
  const entry: unknown = JSON.parse(line);
  if (!isRecord(entry) || typeof entry['name'] !== 'string' || !isRecord(entry['metadata']))
    throw new Error('no entry');
  const key: ObjectKey = `${partitionPrefix(location)}${entry['name']}`;
  const strings: Record<string, string> = {};
  for (const [name, value] of Object.entries(entry['metadata'])) strings[name] = String(value);
  const metadata = must(parseObjectMetadata(strings, key), 'an entry has metadata');
  checkSegmentMetadata(key, metadata);
  return { key, sizeBytes: Number(entry['sizeBytes']), metadata };
}

function isAscending(after: string, segments: readonly StoredSegment[]): boolean {
  let last = after;
  for (const { key } of segments) {
    if (key <= last) return false;
    last = key;
  }
  return segments.length > 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
