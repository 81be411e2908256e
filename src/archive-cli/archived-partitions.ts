import { listPartitions, type CatalogPartition } from '../core/archive/catalog.ts';
import { listFolders, listSources } from '../core/archive/source-registry.ts';
import type { Bucket } from '../core/bucket/bucket.ts';

/**
 * The partitions of a folder, or of all folders, in order.
 * @throws ARCHIVE_FOLDER_MISSING when the folder that was named has nothing; ARCHIVE_SOURCE_CONFLICT, BUCKET_*.
 */
export async function* archivedPartitions(
  bucket: Bucket,
  folder: string | undefined,
): AsyncGenerator<CatalogPartition> {
  if (folder !== undefined) {
    yield* listPartitions(bucket, folder);
    return;
  }
  for await (const name of listFolders(bucket)) {
    // A directory of somebody else's, with no source of ours in it, is none of our business.
    if ((await listSources(bucket, name)).length > 0) yield* listPartitions(bucket, name);
  }
}
