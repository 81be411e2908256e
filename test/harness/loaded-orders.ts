import assert from 'node:assert/strict';
import { type OrderRow, orderRow } from '../../bench/order-dump.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { partitionForKey } from '../../src/core/record/partitioner.ts';
import { committedRecords } from './kafka-topic.ts';

interface LoadedOrder {
  readonly op: string;
  readonly before: null;
  readonly after: Record<string, unknown>;
}

const DAY_MS = 86_400_000;

/**
 * What a read_committed reader finds is the dump of `orderRow`: each row once, in the partition of its key, and those that
 * `compared` chooses value by value.
 */
export async function assertOrdersOnce(
  client: KafkaClient,
  topic: string,
  expected: { readonly partitions: number; readonly rows: number; readonly compared: (id: number) => boolean },
): Promise<void> {
  const seen = new Uint8Array(expected.rows + 1);
  for (let partition = 0; partition < expected.partitions; partition++) {
    for (const { key, value } of await committedRecords(client, { topic, partition })) {
      assert.ok(key !== null && value !== null);
      assert.equal(partitionForKey(key, expected.partitions), partition);
      const id = Number(/^\{"id":(\d+)\}$/.exec(Buffer.from(key).toString())?.[1]);
      assert.ok(id >= 1 && id <= expected.rows, `a key of the dump, not ${id}`);
      seen[id] = (seen[id] ?? 0) + 1;
      if (!expected.compared(id)) continue;
      const { op, before, after } = JSON.parse(Buffer.from(value).toString()) as LoadedOrder;
      assert.deepEqual({ op, before, after }, { op: 'r', before: null, after: loadedRow(orderRow(id)) });
    }
  }
  const wrong = seen.findIndex((count, id) => id > 0 && count !== 1);
  assert.equal(wrong, -1, `row ${wrong} is there ${seen[wrong]} times`);
}

/** The row as the mapping of the dump writes it. */
function loadedRow(row: OrderRow): Record<string, unknown> {
  return {
    ...row,
    created_at: row.created_at.replace('.000Z', 'Z'),
    due: Date.parse(row.due) / DAY_MS,
  };
}
