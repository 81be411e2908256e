import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { PartitionReader } from '../../core/kafka/partition-reader.ts';
import { type Offset, partitionName } from '../../core/record/topic-partition.ts';
import { readChange } from '../../load/format/read-change.ts';

/** Rows by key: the state that changes lead to. Both as JSON text, digits and order of fields as they were written. */
export class FoldedTable {
  readonly rows = new Map<string, string>();
  /** Messages that were folded. */
  messages = 0;

  /** Takes one message of Debezium: key and value as they are in the record, or null. */
  apply(key: Uint8Array | null, value: Uint8Array | null): void {
    const change = readChange('debezium', textOf(key), textOf(value));
    this.messages++;
    if (change.op === 'delete') this.rows.delete(change.key);
    if (change.op === 'upsert' && change.after !== undefined) this.rows.set(change.key, change.after);
  }
}

/** Where to begin in some partitions, by `partitionName`. */
export type FoldStarts = ReadonlyMap<string, Offset>;

/**
 * Folds the topics one after the other, each from its first record, or where it is told to begin, to where it ended when
 * its turn came.
 */
export async function foldTopics(
  kafka: KafkaClient,
  topics: readonly string[],
  from: FoldStarts = new Map(),
): Promise<FoldedTable> {
  const folded = new FoldedTable();
  for (const description of await kafka.describeTopics(topics)) {
    const partitions = Array.from({ length: description.partitionCount }, (_, partition) => ({
      topic: description.name,
      partition,
    }));
    const [starts, ends] = [
      await kafka.listOffsets(partitions, 'earliest'),
      await kafka.listOffsets(partitions, 'stable'),
    ];
    for (const at of partitions) {
      const name = partitionName(at);
      const reader = new PartitionReader(kafka, at, ends.get(name) ?? 0n, from.get(name) ?? starts.get(name) ?? 0n);
      for (let record = await reader.next(); record !== undefined; record = await reader.next()) {
        folded.apply(record.key, record.value);
      }
    }
  }
  return folded;
}

/** How folded rows differ from a table's: the keys of each kind, and for the first difference both rows. */
export interface TableDifference {
  /** In the table, not in what was folded. */
  readonly missing: readonly string[];
  /** In what was folded, not in the table. */
  readonly extra: readonly string[];
  readonly different: readonly string[];
  readonly example: { readonly folded: unknown; readonly table: unknown } | undefined;
}

/** Compares row for row, by the values of the fields. Undefined when there is no difference. */
export function compareTable(
  folded: ReadonlyMap<string, string>,
  table: ReadonlyMap<string, string>,
): TableDifference | undefined {
  const missing = [...table.keys()].filter((key) => !folded.has(key));
  const extra = [...folded.keys()].filter((key) => !table.has(key));
  const different = [...table.keys()].filter((key) => {
    const row = folded.get(key);
    return row !== undefined && sorted(row) !== sorted(table.get(key) ?? '');
  });
  if (missing.length + extra.length + different.length === 0) return undefined;
  const [first] = different;
  const example =
    first === undefined ? undefined : { folded: parsed(folded.get(first)), table: parsed(table.get(first)) };
  return { missing, extra, different, example };
}

/** JSON escapes and numbers may be written in several ways: what they mean is compared. */
function sorted(row: string): string {
  const value = parsed(row);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parsed(row: string | undefined): Record<string, unknown> {
  return JSON.parse(row ?? '{}') as Record<string, unknown>;
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('utf8');
}
