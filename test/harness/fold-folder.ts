import { catRecords } from '../../src/archive-cli/cat-records.ts';
import type { Bucket } from '../../src/core/bucket/bucket.ts';
import { FoldedTable } from '../../src/demo/cdc/compare-table.ts';

/** Folds all that a folder of the archive holds by key, source by source: the state that its changes lead to. */
export async function foldFolder(bucket: Bucket, folder: string): Promise<FoldedTable> {
  const folded = new FoldedTable();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const lines of catRecords(bucket, folder)) {
    for (const line of decoder.decode(lines).split('\n')) {
      if (line === '') continue;
      // A line of the archive's format: key and value as text, or null.
      const { key, payload } = JSON.parse(line) as { readonly key: string | null; readonly payload: string | null };
      folded.apply(bytesOf(key), bytesOf(payload));
    }
  }
  return folded;
}

function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text);
}
