import type { Bucket } from '../../core/bucket/bucket.ts';
import type { RowSource } from '../row/row.ts';
import { decompressed } from '../source/decompress.ts';
import { objectInput } from '../source/object-input.ts';
import { openJsonLines } from '../text/open-json-lines.ts';
import type { SnapshotManifest } from './snapshot-manifest.ts';

/** The rows of a snapshot, a source for each part; the table of each is its projection's name. */
export function snapshotSources(manifest: SnapshotManifest, bucket: Bucket): RowSource[] {
  return manifest.projections.flatMap(({ name, parts }) =>
    parts.map(({ key, bytes: sizeBytes }) =>
      openJsonLines(decompressed(objectInput({ bucket, key, sizeBytes })), name),
    ),
  );
}
