import type { ObjectKey } from '../core/bucket/bucket.ts';
import type { OffsetRange } from '../core/record/topic-partition.ts';

/**
 * What `bss archive verify` can find. Names are stable: scripts look for them. `error`: records are lost, damaged or of
 * doubtful origin. `warning`: no record is affected.
 */
export const FINDINGS = {
  'source-record-damaged': { severity: 'error', summary: 'A source record cannot be understood.' },
  'source-record-missing': { severity: 'error', summary: 'There are segments of a source that has no record.' },
  'segment-damaged': { severity: 'error', summary: 'The bytes of a segment break the format or a checksum.' },
  'segment-differs': { severity: 'error', summary: 'The records of a segment are not what its metadata says.' },
  'segment-misnamed': { severity: 'error', summary: 'A segment is under a name that is not its own.' },
  'segment-foreign': { severity: 'error', summary: 'A segment is of another topic id or cluster than its source.' },
  'segment-missing': { severity: 'error', summary: 'An index object lists a segment that is not in the bucket.' },
  'segment-unsupported': {
    severity: 'error',
    summary: 'A segment has a format version that this release does not know.',
  },
  'metadata-missing': {
    severity: 'warning',
    summary: 'A segment has lost its object metadata; its trailer still has it.',
  },
  'metadata-damaged': {
    severity: 'error',
    summary: 'The metadata of a segment cannot be understood, or there is none at all.',
  },
  'metadata-differs': { severity: 'error', summary: 'Object metadata and trailer of a segment say different things.' },
  'offsets-missing': { severity: 'error', summary: 'Offsets are in no segment, and no recorded gap says why.' },
  'index-damaged': { severity: 'warning', summary: 'An index object cannot be read; `bss archive index` replaces it.' },
  'index-stale': {
    severity: 'warning',
    summary: 'An index object does not list what is in the bucket; `bss archive index --rebuild` makes it anew.',
  },
  'object-stray': { severity: 'warning', summary: 'An object is no part of an archive.' },
} as const satisfies Record<string, { readonly severity: 'error' | 'warning'; readonly summary: string }>;

/** The stable name of a finding. */
export type FindingName = keyof typeof FINDINGS;

/** Something that is not as it should be. */
export interface Finding {
  readonly name: FindingName;
  /** The object; for `offsets-missing` the prefix of the partition. */
  readonly key: ObjectKey;
  /** Byte of the object, where there is one to tell. */
  readonly position?: number | undefined;
  /** Offsets concerned, where they are known. */
  readonly offsets?: OffsetRange | undefined;
  /** What was found, in words. */
  readonly detail: string;
}
