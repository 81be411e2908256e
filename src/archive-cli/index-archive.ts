import { indexPrefix } from '../core/archive/archive-layout.ts';
import type { CatalogPartition } from '../core/archive/catalog.ts';
import { buildIndex, type IndexBuild } from '../core/archive/segment-index.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { archivedPartitions } from './archived-partitions.ts';

/** How the index is made. */
export interface IndexOptions {
  /** Remove the index objects that there are, and make all of them anew. */
  readonly rebuild?: boolean | undefined;
}

/** What was done for one partition. */
export interface PartitionIndexed extends IndexBuild {
  readonly at: CatalogPartition;
}

/**
 * Brings the index of every partition of a folder, or of all folders, up to date, and replaces what is damaged of it.
 * Readers may go on meanwhile: without an index they read the segments.
 * @throws ARCHIVE_FOLDER_MISSING, ARCHIVE_SOURCE_CONFLICT, SEGMENT_CORRUPT, SEGMENT_FORMAT_UNSUPPORTED, BUCKET_*.
 */
export async function* indexArchive(
  bucket: Bucket,
  folder: string | undefined,
  { rebuild = false }: IndexOptions = {},
): AsyncGenerator<PartitionIndexed> {
  for await (const at of archivedPartitions(bucket, folder)) {
    if (rebuild) for await (const { key } of bucket.list(indexPrefix(at.location))) await bucket.delete(key);
    yield { at, ...(await buildIndex(bucket, at.location, { check: true })) };
  }
}
