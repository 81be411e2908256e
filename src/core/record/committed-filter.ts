import type { BatchHeader } from './batch-header.ts';
import { BATCH_HEADER_BYTES } from './batch-header.ts';
import type { Offset } from './topic-partition.ts';
import { VarintReader } from './varint.ts';

/** A transaction that was aborted, as a Fetch response tells it. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: Offset;
}

/** What the filter looks at in a batch. */
export type FilteredBatch = Pick<BatchHeader, 'lastOffset' | 'producerId' | 'transactional' | 'control'>;

/**
 * Which batches of one Fetch response a read_committed reader does not see: Kafka's own algorithm
 * (CompletedFetch.nextFetchedRecord). The response's list says where each aborted transaction began; it ends at its
 * producer's next ABORT marker. State is per response, since the list covers the range that was read and no more.
 */
export class CommittedFilter {
  readonly #pending: readonly AbortedTransaction[];
  readonly #aborting = new Set<bigint>();
  #next = 0;

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#pending =
      aborted.length < 2
        ? aborted
        : aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0));
  }

  /**
   * True when the batch belongs to an aborted transaction. Every batch of the response must be asked about, in order.
   * `abortMarker` tells whether a control batch is an ABORT marker; it is asked only then.
   */
  aborts(batch: FilteredBatch, abortMarker: () => boolean): boolean {
    if (batch.producerId < 0n) return false;
    for (;;) {
      const begun = this.#pending[this.#next];
      if (begun === undefined || begun.firstOffset > batch.lastOffset) break;
      this.#aborting.add(begun.producerId);
      this.#next++;
    }
    if (batch.control) {
      if (this.#aborting.has(batch.producerId) && abortMarker()) this.#aborting.delete(batch.producerId);
      return false;
    }
    return batch.transactional && this.#aborting.has(batch.producerId);
  }
}

/**
 * True when a control batch holds an ABORT marker: the key of its record is version (int16) and type (int16), and type 0
 * is ABORT. An empty one (compaction took the marker) is none. Control batches are never compressed.
 */
export function isAbortMarker(bytes: Uint8Array, header: BatchHeader): boolean {
  if (!header.control || header.recordCount === 0) return false;
  const end = header.position + header.sizeBytes;
  const reader = new VarintReader(bytes, header.position + BATCH_HEADER_BYTES, end);
  try {
    reader.int32();
    reader.byte();
    reader.int64();
    reader.int32();
    const key = reader.take(reader.int32());
    return key.length >= 4 && key[2] === 0 && key[3] === 0;
  } catch {
    return false;
  }
}
