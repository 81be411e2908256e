import assert from 'node:assert/strict';
import { type OrderRow, orderRow } from '../../bench/order-dump.ts';
import { catRecords } from '../../src/archive-cli/cat-records.ts';
import type { Bucket } from '../../src/core/bucket/bucket.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { partitionForKey } from '../../src/core/record/partitioner.ts';
import { committedRecords } from './kafka-topic.ts';

interface LoadedOrder {
  readonly op: string;
  readonly before: null;
  readonly after: Record<string, unknown>;
}

const DAY_MS = 86_400_000;

/** What of a dump of `orderRow` is expected. */
interface ExpectedOrders {
  readonly rows: number;
  /** Those that are compared value by value. */
  readonly compared: (id: number) => boolean;
}

/** What a read_committed reader finds is the dump: each row once, in the partition of its key. */
export async function assertOrdersOnce(
  client: KafkaClient,
  topic: string,
  expected: ExpectedOrders & { readonly partitions: number },
): Promise<void> {
  const seen = new SeenOrders(expected);
  for (let partition = 0; partition < expected.partitions; partition++) {
    for (const { key, value } of await committedRecords(client, { topic, partition })) {
      assert.ok(key !== null && value !== null);
      assert.equal(partitionForKey(key, expected.partitions), partition);
      seen.add(Buffer.from(key).toString(), () => Buffer.from(value).toString());
    }
  }
  seen.assertOnce();
}

/** What a folder of the archive holds is the dump: each row once. */
export async function assertOrdersArchivedOnce(
  bucket: Bucket,
  folder: string,
  expected: ExpectedOrders,
): Promise<void> {
  const seen = new SeenOrders(expected);
  const decoder = new TextDecoder();
  for await (const lines of catRecords(bucket, folder)) {
    for (const line of decoder.decode(lines).split('\n')) {
      if (line === '') continue;
      // A line of the archive's format.
      const { key, payload } = JSON.parse(line) as { readonly key: string; readonly payload: string };
      seen.add(key, () => payload);
    }
  }
  seen.assertOnce();
}

class SeenOrders {
  readonly #expected: ExpectedOrders;
  readonly #counts: Uint8Array;

  constructor(expected: ExpectedOrders) {
    this.#expected = expected;
    this.#counts = new Uint8Array(expected.rows + 1);
  }

  add(key: string, value: () => string): void {
    const id = Number(/^\{"id":(\d+)\}$/.exec(key)?.[1]);
    assert.ok(id >= 1 && id <= this.#expected.rows, `a key of the dump, not ${id}`);
    this.#counts[id] = (this.#counts[id] ?? 0) + 1;
    if (!this.#expected.compared(id)) return;
    const { op, before, after } = JSON.parse(value()) as LoadedOrder;
    assert.deepEqual({ op, before, after }, { op: 'r', before: null, after: loadedRow(orderRow(id)) });
  }

  assertOnce(): void {
    const wrong = this.#counts.findIndex((count, id) => id > 0 && count !== 1);
    assert.equal(wrong, -1, `row ${wrong} is there ${this.#counts[wrong]} times`);
  }
}

/** The row as the mapping of the dump writes it. */
function loadedRow(row: OrderRow): Record<string, unknown> {
  return {
    ...row,
    created_at: row.created_at.replace('.000Z', 'Z'),
    due: Date.parse(row.due) / DAY_MS,
  };
}
