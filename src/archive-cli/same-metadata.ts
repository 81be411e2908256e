import type { SegmentMetadata } from '../core/segment/segment-metadata.ts';

/**
 * The fields in which two accounts of one segment differ. Ranges of gaps are not compared: each place leaves them out
 * when they are too many for it.
 */
export function differingFields(a: SegmentMetadata, b: SegmentMetadata): string[] {
  const found = new Map(Object.entries(b).map(([name, value]) => [name, shown(value)]));
  return Object.entries(a)
    .filter(([name, value]) => name !== 'gaps' && found.get(name) !== shown(value))
    .map(([name]) => name);
}

function shown(value: unknown): string | undefined {
  return JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}
