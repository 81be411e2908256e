import type { Bucket } from '../../core/bucket/bucket.ts';
import { AppError } from '../../core/errors.ts';
import { archiveEvents } from '../../load/reconstruct/archive-events.ts';
import { foldArchive } from '../../load/reconstruct/fold-archive.ts';
import { compareTable } from '../cdc/compare-table.ts';

/**
 * Folds a folder of the archive by key, and compares what is left with a table's rows by key. Gives events and rows.
 * @throws Error when they differ: then records were lost, or are there twice
 */
export async function foldAndCompare(
  bucket: Bucket,
  folder: string,
  table: ReadonlyMap<string, string>,
): Promise<{ readonly events: number; readonly rows: number }> {
  await using folded = await foldArchive({ inputs: [archiveEvents(bucket, folder)], format: 'debezium' });
  const rows = new Map<string, string>();
  for await (const { key, row } of folded.rows()) rows.set(key, row);
  const difference = compareTable(rows, table);
  if (difference !== undefined) {
    const { missing, extra, different } = difference;
    throw new AppError(
      'DEPLOY_CHECK_FAILED',
      `the archive of ${folder} is not the table: ${missing.length} rows are missing, ${extra.length} too many, ${different.length} different`,
      { subject: folder },
    );
  }
  return { events: folded.report.events, rows: rows.size };
}
