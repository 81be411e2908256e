import type { ObjectKey } from '../core/bucket/bucket.ts';

/**
 * What the storer writes into the metadata of a committed offset. It tells its own commits from an operator's (whose
 * tools write none), a topic from its namesake that was created later, and names the segment that must be there.
 */
export interface CommitMetadata {
  readonly topicId: string;
  /** The segment that ends at the committed offset; undefined where archiving began or a gap was skipped. */
  readonly segment: ObjectKey | undefined;
}

/** Kafka's own limit is 4,096 bytes (`offset.metadata.max.bytes`); a key has at most 900. */
export function writeCommitMetadata(metadata: CommitMetadata): string {
  return JSON.stringify({ bss: 1, topicId: metadata.topicId, ...(metadata.segment && { segment: metadata.segment }) });
}

/** Undefined when it is not ours: an operator, or another program, committed the offset. */
export function readCommitMetadata(text: string): CommitMetadata | undefined {
  if (!text.startsWith('{')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('bss' in value) || value.bss !== 1) return undefined;
  if (!('topicId' in value) || typeof value.topicId !== 'string') return undefined;
  const segment = 'segment' in value && typeof value.segment === 'string' ? value.segment : undefined;
  return { topicId: value.topicId, segment };
}
