import type { RowValue } from '../row/row.ts';
import type { TableSample } from './sample-table.ts';

/** The columns of a primary key, and why them. Empty: none was found. */
export interface KeyProposal {
  readonly columns: readonly string[];
  readonly reason: string;
}

/** Pairs are tried among the first columns only. */
const PAIRED_COLUMNS_MAX = 8;

/** What the source says is the key; else columns that no sampled row lacks and no two share: one, or two together. */
export function proposeKey(sample: TableSample): KeyProposal {
  const { columns, rows } = sample;
  const told = columns
    .filter(({ keyOrdinal }) => keyOrdinal !== undefined)
    .toSorted((a, b) => (a.keyOrdinal ?? 0) - (b.keyOrdinal ?? 0));
  if (told.length > 0) return { columns: told.map(({ name }) => name), reason: 'the primary key of the source' };
  const filled = columns.flatMap(({ name }, place) =>
    rows.every((row) => isKeyPart(row[place])) ? [{ name, place, rank: rankOf(name) }] : [],
  );
  if (rows.length === 0) return { columns: [], reason: 'there are no rows to find it in' };
  const reason = `unique and never null in the first ${rows.length} rows`;
  const single = filled
    .toSorted((a, b) => a.rank - b.rank || a.place - b.place)
    .find(({ place }) => areUnique(rows, [place]));
  if (single !== undefined) return { columns: [single.name], reason };
  const first = filled.slice(0, PAIRED_COLUMNS_MAX);
  for (const [index, a] of first.entries()) {
    const b = first.slice(index + 1).find(({ place }) => areUnique(rows, [a.place, place]));
    if (b !== undefined) return { columns: [a.name, b.name], reason: `together ${reason}` };
  }
  return { columns: [], reason: 'no column, and no two, are unique and never null: name the primary key' };
}

/** Names that keys go by come first. */
function rankOf(name: string): number {
  if (/^_?id$/i.test(name)) return 0;
  return /(?:^|_)(?:id|key|code|no|uuid)$|I[dD]$/i.test(name) ? 1 : 2;
}

function isKeyPart(value: RowValue): boolean {
  if (typeof value === 'string') return value !== '';
  if (typeof value === 'bigint') return true;
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind !== 'decimal';
}

function areUnique(rows: readonly (readonly RowValue[])[], places: readonly number[]): boolean {
  const seen = new Set<string>();
  for (const row of rows) {
    const key = places.map((place) => keyText(row[place])).join('\u0000');
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

function keyText(value: RowValue): string {
  return typeof value === 'object'
    ? JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))
    : String(value);
}
