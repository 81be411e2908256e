import { AppError } from '../errors.ts';
import type { ObjectKey } from './bucket.ts';

const KEY_BYTES_MAX = 900;
const SEGMENT_BYTES_MAX = 200;

/** Names that start so are the bucket's own (temporary files, metadata of a directory bucket): never keys. */
const RESERVED_NAME_PREFIX = '.bss-';

// Backslash: some stores turn it into a slash. Control characters and U+FFFE, U+FFFF: XML, the language of S3, has no way to write them.
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for.
const FORBIDDEN_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\\\ufffe\uffff]/u;

/** Refuses a key that breaks the rules of `ObjectKey`. @throws BUCKET_INVALID_KEY, with the rule that is broken. */
export function checkKey(key: ObjectKey): void {
  const problem = keyProblem(key);
  if (problem !== undefined) throw invalidKey(key, problem);
}

/** Which rule of `ObjectKey` the key breaks, in words; undefined when it is a good key. */
export function keyProblem(key: ObjectKey): string | undefined {
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) return `it is longer than ${KEY_BYTES_MAX} bytes`;
  return firstProblem(key.split('/'));
}

/** Refuses a prefix that no key can start with. @throws BUCKET_INVALID_KEY */
export function checkPrefix(prefix: string): void {
  const segments = prefix.split('/');
  const partial = segments.pop() ?? '';
  const problem = firstProblem(segments) ?? characterProblem(partial);
  if (problem !== undefined) throw invalidKey(prefix, problem);
}

/** Refuses what is neither empty nor the path of a folder with its closing slash. @throws BUCKET_INVALID_KEY */
export function checkFolderPrefix(prefix: string): void {
  checkPrefix(prefix);
  if (prefix !== '' && !prefix.endsWith('/')) throw invalidKey(prefix, 'a folder ends in a slash');
}

/** Which rule a single segment of a key breaks, in words; undefined when it is a good one. */
export function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'a segment is empty';
  if (segment === '.' || segment === '..') return 'a segment is . or ..';
  if (segment.startsWith(RESERVED_NAME_PREFIX)) return `a segment starts with ${RESERVED_NAME_PREFIX}`;
  if (Buffer.byteLength(segment) > SEGMENT_BYTES_MAX) return `a segment is longer than ${SEGMENT_BYTES_MAX} bytes`;
  return characterProblem(segment);
}

/** Joins segments, or keys, to one key; empty ones are left out. */
export function joinKey(...parts: readonly string[]): ObjectKey {
  return parts.filter((part) => part !== '').join('/');
}

/** The keys that would have to be folders for this key to exist: `a` and `a/b` of `a/b/c`. */
export function* parentKeys(key: ObjectKey): Generator<ObjectKey> {
  for (let at = key.indexOf('/'); at !== -1; at = key.indexOf('/', at + 1)) yield key.slice(0, at);
}

/** The error for a key, or a prefix, that a store cannot keep. */
export function invalidKey(key: string, problem: string, cause?: unknown): AppError {
  return new AppError('BUCKET_INVALID_KEY', `object key ${JSON.stringify(key)}: ${problem}`, {
    subject: key,
    hint: 'Use a shorter or plainer name; topic names and numbers are always accepted.',
    cause,
  });
}

/**
 * Compares two keys by their UTF-8 bytes: negative, zero or positive. JavaScript compares UTF-16 units, which differs where a
 * surrogate (a character above U+FFFF) meets a unit from U+E000 on.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return codePointRank(unitA) - codePointRank(unitB);
  }
  return a.length - b.length;
}

/** Orders UTF-16 units as the code points they belong to: surrogates after everything else. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function firstProblem(segments: readonly string[]): string | undefined {
  for (const segment of segments) {
    const problem = segmentProblem(segment);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function characterProblem(text: string): string | undefined {
  if (!text.isWellFormed()) return 'it has half of a surrogate pair';
  if (FORBIDDEN_CHARACTERS.test(text)) return 'it has a backslash or a control character';
  return undefined;
}
