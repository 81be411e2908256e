import assert from 'node:assert/strict';
import { type OrderRow, orderRow } from '../../bench/order-dump.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { partitionForKey } from '../../src/core/record/partitioner.ts';
import { committedRecords } from './kafka-topic.ts';
import { SeenIds } from './seen-ids.ts';

interface LoadedOrder {
  readonly op: string;
  readonly before: null;
  readonly after: Record<string, unknown>;
}

const DAY_MS = 86_400_000;

/** What of a dump of `orderRow` is expected. */
interface ExpectedOrders {
  readonly rows: number;
  readonly partitions: number;
  /** Those that are compared value by value. */
  readonly compared: (id: number) => boolean;
}

/** What a read_committed reader finds is the dump: each row once, in the partition of its key. */
export async function assertOrdersOnce(client: KafkaClient, topic: string, expected: ExpectedOrders): Promise<void> {
  const seen = new SeenIds(1, expected.rows);
  for (let partition = 0; partition < expected.partitions; partition++) {
    for (const { key, value } of await committedRecords(client, { topic, partition })) {
      assert.ok(key !== null && value !== null);
      assert.equal(partitionForKey(key, expected.partitions), partition);
      const id = seen.add(Buffer.from(key).toString());
      if (!expected.compared(id)) continue;
      const { op, before, after } = JSON.parse(Buffer.from(value).toString()) as LoadedOrder;
      assert.deepEqual({ op, before, after }, { op: 'r', before: null, after: loadedRow(orderRow(id)) });
    }
  }
  seen.assertEachOnce();
}

/** The row as the mapping of the dump writes it. */
function loadedRow(row: OrderRow): Record<string, unknown> {
  return {
    ...row,
    created_at: row.created_at.replace('.000Z', 'Z'),
    due: Date.parse(row.due) / DAY_MS,
  };
}
