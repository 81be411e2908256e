import { Binary, Decimal128, Double, EJSON, Int32, Long, ObjectId, Timestamp } from 'bson';

import type { RowValue } from '../row/row.ts';

/** Dates that relaxed extended JSON writes as text: 1970 to 9999. */
const DATE_TEXT_MAX_MS = 253_402_300_799_999;

/**
 * A BSON value, as a driver or parser gives it that promotes nothing (`promoteValues: false`), as a value of a row. What
 * has no kind of its own there (object ids, regular expressions, documents, ...) is relaxed extended JSON.
 */
export function bsonRowValue(value: unknown): RowValue {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Int32) return BigInt(value.value);
  if (isLong(value)) return value.toBigInt();
  if (value instanceof Double) return value.value;
  if (value instanceof Decimal128) return { kind: 'decimal', text: value.toString() };
  if (value instanceof Date) return { kind: 'instant', epochUs: BigInt(value.getTime()) * 1000n };
  if (value instanceof Binary && isPlain(value)) return value.buffer.subarray(0, value.position);
  return { kind: 'document', json: bsonJson(value) };
}

/** The type of a value, in BSON's words (`bson:int`): those of MongoDB's `$type`. */
export function bsonTypeName(value: unknown): string {
  return `bson:${aliasOf(value)}`;
}

/** Relaxed extended JSON, with all digits of integers, which the library's own would lose beyond 2^53. */
function bsonJson(value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (value instanceof Int32 || isLong(value)) return value.toString();
  if (value instanceof Double && Number.isFinite(value.value)) return doubleJson(value.value);
  if (value instanceof ObjectId) return `{"$oid":"${value.toHexString()}"}`;
  if (value instanceof Date) return dateJson(value);
  if (Array.isArray(value)) return `[${value.map(bsonJson).join(',')}]`;
  if (isDocument(value)) {
    const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${bsonJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  return EJSON.stringify(value, { relaxed: true });
}

/** A double that is whole is written as such, so that it is not taken for an integer. */
function doubleJson(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const text = JSON.stringify(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
}

function dateJson(value: Date): string {
  const ms = value.getTime();
  if (ms < 0 || ms > DATE_TEXT_MAX_MS) return `{"$date":{"$numberLong":"${ms}"}}`;
  return `{"$date":"${value.toISOString().replace('.000Z', 'Z')}"}`;
}

/** A timestamp is a `Long`, too, to the library. */
function isLong(value: unknown): value is Long {
  return value instanceof Long && !(value instanceof Timestamp);
}

/** Bytes that are nothing more: UUIDs and encrypted values say more than their bytes. */
function isPlain(value: Binary): boolean {
  return value.sub_type === Binary.SUBTYPE_DEFAULT;
}

function isDocument(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !('_bsontype' in value);
}

const ALIASES: Readonly<Record<string, string>> = {
  Int32: 'int',
  Long: 'long',
  Double: 'double',
  Decimal128: 'decimal',
  ObjectId: 'objectId',
  Binary: 'binData',
  Timestamp: 'timestamp',
  BSONRegExp: 'regex',
  BSONSymbol: 'symbol',
  Code: 'javascript',
  DBRef: 'dbPointer',
  MinKey: 'minKey',
  MaxKey: 'maxKey',
};

function aliasOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof Date) return 'date';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'object' && '_bsontype' in value) return ALIASES[String(value._bsontype)] ?? 'object';
  return 'object';
}
