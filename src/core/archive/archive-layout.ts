import { AppError } from '../errors.ts';
import type { ObjectKey } from '../bucket/bucket.ts';
import type { Offset } from '../record/topic-partition.ts';
import type { SegmentCompression } from '../segment/segment-metadata.ts';

/**
 * Where things are in the bucket (docs/format.md, "Keys"). Pure.
 *
 *     <folder>/_sources/<source>.json
 *     <folder>/<source>/<partition>/<start>.jsonl[.gz|.zst]
 *     <folder>/_index/<source>/<partition>/<level>/<start>.jsonl.zst
 *
 * `source` has four digits, `start` twenty, so that the order of keys is the order of offsets.
 */

/** One partition of one source of one folder: where a chain of segments is. */
export interface PartitionLocation {
  readonly folder: string;
  /** Number of the source in its folder, from 1. */
  readonly source: number;
  readonly partition: number;
}

/** What a segment's key says. */
export interface SegmentKey {
  readonly location: PartitionLocation;
  readonly start: Offset;
  readonly compression: SegmentCompression;
}

/** What an index object's key says. */
export interface IndexKey {
  readonly location: PartitionLocation;
  readonly level: number;
  /** Start offset of the first segment that it lists. */
  readonly start: Offset;
}

/** The highest number that a source can have. */
export const SOURCE_NUMBER_MAX = 9999;

const FOLDER_BYTES_MAX = 200;
const OFFSET_DIGITS = 20;
const EXTENSIONS: Readonly<Record<SegmentCompression, string>> = {
  none: '.jsonl',
  gzip: '.jsonl.gz',
  zstd: '.jsonl.zst',
};
const SEGMENT_KEY = /^([^/]+)\/(\d{4})\/(0|[1-9]\d{0,9})\/(\d{20})\.jsonl(\.gz|\.zst)?$/;
const INDEX_KEY = /^([^/]+)\/_index\/(\d{4})\/(0|[1-9]\d{0,9})\/(\d)\/(\d{20})\.jsonl\.zst$/;
const SOURCE_KEY = /^([^/]+)\/_sources\/(\d{4})\.json$/;

/** What is wrong with a folder's name, in words that follow "the folder"; undefined when nothing is. */
export function folderProblem(folder: string): string | undefined {
  if (folder === '') return 'is empty';
  if (Buffer.byteLength(folder) > FOLDER_BYTES_MAX) return `is longer than ${FOLDER_BYTES_MAX} bytes`;
  if (folder.includes('/')) return 'contains a slash';
  if (folder === '.' || folder === '..') return 'is a path to another directory';
  if (folder.startsWith('_')) return 'starts with an underscore, which is kept for what is not records';
  if (folder.startsWith('.bss-')) return 'starts with .bss-, which is kept for what is not records';
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(folder)) return 'contains a backslash or a control character';
  if (!folder.isWellFormed()) return 'is not valid Unicode';
  return undefined;
}

/** @throws CONFIG_INVALID when the name cannot be a folder of an archive; the hint says how to choose another. */
export function checkFolder(folder: string): void {
  const problem = folderProblem(folder);
  if (problem === undefined) return;
  throw new AppError('CONFIG_INVALID', `the folder ${JSON.stringify(folder)} ${problem}`, {
    subject: folder,
    hint: 'Give the topic a folder of another name (option `folder` of the topic).',
  });
}

/** Prefix of a folder's source records. */
export function sourcesPrefix(folder: string): string {
  return `${folder}/_sources/`;
}

/** Key of a source's record. */
export function sourceKey(folder: string, source: number): ObjectKey {
  return `${sourcesPrefix(folder)}${sourceDigits(source)}.json`;
}

/** Prefix of everything archived from a source. */
export function sourcePrefix(folder: string, source: number): string {
  return `${folder}/${sourceDigits(source)}/`;
}

/** Prefix of a partition's segments. */
export function partitionPrefix(at: PartitionLocation): string {
  return `${sourcePrefix(at.folder, at.source)}${at.partition}/`;
}

/** Key of the segment that starts at an offset. */
export function segmentKey(at: PartitionLocation, start: Offset, compression: SegmentCompression): ObjectKey {
  return `${segmentKeyFloor(at, start)}${EXTENSIONS[compression]}`;
}

/** Sorts between the segments that start before the offset and those that start at it or after it. */
export function segmentKeyFloor(at: PartitionLocation, start: Offset): string {
  return `${partitionPrefix(at)}${offsetDigits(start)}`;
}

/** Prefix of a partition's index objects of one level, or of all. */
export function indexPrefix(at: PartitionLocation, level?: number): string {
  const all = `${at.folder}/_index/${sourceDigits(at.source)}/${at.partition}/`;
  return level === undefined ? all : `${all}${level}/`;
}

/** Key of an index object. */
export function indexKey(at: PartitionLocation, level: number, start: Offset): ObjectKey {
  return `${indexKeyFloor(at, level, start)}.jsonl.zst`;
}

/** Sorts between the index objects of a level that start before the offset and those that start at it or after it. */
export function indexKeyFloor(at: PartitionLocation, level: number, start: Offset): string {
  return `${indexPrefix(at, level)}${offsetDigits(start)}`;
}

/** Undefined when the key is not a segment's. */
export function parseSegmentKey(key: ObjectKey): SegmentKey | undefined {
  const [, folder, source, partition, start, ending] = SEGMENT_KEY.exec(key) ?? [];
  if (folder === undefined || source === undefined || partition === undefined || start === undefined) return undefined;
  const compression = ending === '.zst' ? 'zstd' : ending === '.gz' ? 'gzip' : 'none';
  return {
    location: { folder, source: Number(source), partition: Number(partition) },
    start: BigInt(start),
    compression,
  };
}

/** Undefined when the key is not an index object's. */
export function parseIndexKey(key: ObjectKey): IndexKey | undefined {
  const [, folder, source, partition, level, start] = INDEX_KEY.exec(key) ?? [];
  if (folder === undefined || source === undefined || partition === undefined || level === undefined) return undefined;
  if (start === undefined) return undefined;
  const location = { folder, source: Number(source), partition: Number(partition) };
  return { location, level: Number(level), start: BigInt(start) };
}

/** Folder and number; undefined when the key is not a source record's. */
export function parseSourceKey(key: ObjectKey): { readonly folder: string; readonly source: number } | undefined {
  const [, folder, source] = SOURCE_KEY.exec(key) ?? [];
  if (folder === undefined || source === undefined) return undefined;
  return { folder, source: Number(source) };
}

/** `0001`: how a source is written in keys and shown to people. */
export function sourceDigits(source: number): string {
  return String(source).padStart(4, '0');
}

function offsetDigits(offset: Offset): string {
  return String(offset).padStart(OFFSET_DIGITS, '0');
}
