import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One row of the dumps that loading is measured and tested with. */
export interface OrderRow {
  readonly id: number;
  readonly customer_id: number;
  readonly amount: string;
  readonly title: string;
  readonly note: string | null;
  readonly created_at: string;
  readonly due: string;
  readonly paid: boolean;
}

const START_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const ROWS_PER_PIECE = 2000;

/** The row of that number, from 1: the same at every call. Texts have quotes, commas and letters beyond ASCII. */
export function orderRow(id: number): OrderRow {
  return {
    id,
    customer_id: id % 997,
    amount: (((id * 13) % 100_000) / 100 + 1).toFixed(2),
    title: `Order ${id} – Zürich`,
    note: id % 7 === 0 ? null : `line "${id}", second part`,
    created_at: new Date(START_MS + id * 1000).toISOString(),
    due: new Date(START_MS + (id % 365) * DAY_MS).toISOString().slice(0, 10),
    paid: id % 3 === 0,
  };
}

/** Writes the rows 1 to `count` as CSV (RFC 4180, null is an empty field) or as JSON lines. */
export async function writeOrderDump(path: string, format: 'csv' | 'jsonl', count: number): Promise<void> {
  await pipeline(Readable.from(pieces(format, count)), createWriteStream(path));
}

/** The mapping of such a dump: Debezium's format. */
export function orderMapping(topic: string): string {
  return `version: 1
format: {type: debezium, source: {db: shop, schema: public, table: orders}}
tables:
  - topic: ${topic}
    key: [id]
    columns:
      id: int64
      customer_id: int64
      amount: {type: decimal, scale: 2}
      title: string
      note: string
      created_at: timestamptz
      due: {type: date, as: epoch-days}
      paid: boolean
`;
}

function* pieces(format: 'csv' | 'jsonl', count: number): Generator<string> {
  if (format === 'csv') yield 'id,customer_id,amount,title,note,created_at,due,paid\n';
  const line = format === 'csv' ? csvLine : (row: OrderRow): string => `${JSON.stringify(row)}\n`;
  for (let first = 1; first <= count; first += ROWS_PER_PIECE) {
    let piece = '';
    for (let id = first; id < first + ROWS_PER_PIECE && id <= count; id++) piece += line(orderRow(id));
    yield piece;
  }
}

function csvLine({ id, customer_id, amount, title, note, created_at, due, paid }: OrderRow): string {
  const quoted = note === null ? '' : `"${note.replaceAll('"', '""')}"`;
  return `${id},${customer_id},${amount},"${title}",${quoted},${created_at},${due},${paid}\n`;
}
