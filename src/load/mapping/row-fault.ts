import type { RowValue } from '../row/row.ts';

/** Why a row cannot become a message. */
export interface RowFault {
  readonly column: string;
  readonly reason: string;
  /** Of the value, at most 100 characters. */
  readonly excerpt: string;
}

const EXCERPT_MAX = 100;

/** Why the row is refused: the value of that column. */
export function faultOf(column: string, value: RowValue, reason: string): RowFault {
  return { column, reason, excerpt: excerptOf(value).slice(0, EXCERPT_MAX) };
}

/** A value as a person may read it. */
function excerptOf(value: RowValue): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return `0x${Buffer.from(value.subarray(0, EXCERPT_MAX)).toString('hex')}`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (value.kind === 'decimal') return value.text;
  return value.kind === 'document'
    ? value.json
    : JSON.stringify(value, (_, of: unknown) => (typeof of === 'bigint' ? `${of}` : of));
}
