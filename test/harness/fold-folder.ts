import type { Bucket } from '../../src/core/bucket/bucket.ts';
import { FoldedTable } from '../../src/demo/cdc/compare-table.ts';
import { archivedMessages } from './archived-messages.ts';

/** Folds all that a folder of the archive holds by key, source by source: the state that its changes lead to. */
export async function foldFolder(bucket: Bucket, folder: string): Promise<FoldedTable> {
  const folded = new FoldedTable();
  for await (const { key, payload } of archivedMessages(bucket, folder)) folded.apply(bytesOf(key), bytesOf(payload));
  return folded;
}

function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text);
}
