import { catRecords } from '../../src/archive-cli/cat-records.ts';
import type { Bucket } from '../../src/core/bucket/bucket.ts';

/** A line of the archive's format: key and value as text, or null. */
export interface ArchivedMessage {
  readonly key: string | null;
  readonly payload: string | null;
}

/** All that a folder of the archive holds, source by source. */
export async function* archivedMessages(bucket: Bucket, folder: string): AsyncGenerator<ArchivedMessage> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const lines of catRecords(bucket, folder)) {
    for (const line of decoder.decode(lines).split('\n')) {
      if (line !== '') yield JSON.parse(line) as ArchivedMessage;
    }
  }
}
