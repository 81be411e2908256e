/** A BSON value in JSON, or why it has none. */
export type JsonText = { readonly json: string } | { readonly problem: string };

/** A value as the driver gives it when it promotes nothing: `Int32`, `Long` and `Double` stay what they are. */
export interface BsonObject {
  readonly _bsontype: string;
  readonly value?: unknown;
  toString(): string;
}

/** Numbers as JSON writes them. */
export const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Turns a BSON value into the JSON that can have become it, digit for digit. Kinds that no JSON becomes (dates, object
 * ids, bytes, ...) are a problem, named.
 */
export function bsonToJson(value: unknown): JsonText {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return { json: JSON.stringify(value) };
  const number = numberText(value);
  if (number !== undefined) return JSON_NUMBER.test(number) ? { json: number } : { problem: `is ${number}` };
  if (Array.isArray(value)) return join(value, '[', ']', (item) => bsonToJson(item));
  if (isDocument(value)) {
    return join(Object.entries(value), '{', '}', ([name, item]) => {
      const text = bsonToJson(item);
      return 'problem' in text ? text : { json: `${JSON.stringify(name)}:${text.json}` };
    });
  }
  return { problem: `is a ${bsonKind(value)}` };
}

/** The kind of a value, in BSON's words. */
export function bsonKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'date';
  if (typeof value !== 'object') return typeof value;
  return isBsonObject(value) ? value._bsontype : 'document';
}

/** The digits of a number: plain, exact; `NaN` and `Infinity` too. Undefined when it is no number. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || !isBsonObject(value)) return undefined;
  if (value._bsontype === 'Double') return numberText(Number(value.value));
  if (value._bsontype === 'Decimal128') return decimalText(value.toString());
  return value._bsontype === 'Int32' || value._bsontype === 'Long' ? value.toString() : undefined;
}

/** True for a document, and not for a value of a type of its own. */
export function isDocument(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) return false;
  return !isBsonObject(value);
}

function isBsonObject(value: object): value is BsonObject {
  return '_bsontype' in value;
}

/** Decimal128 writes `1E+3`, which JSON takes too. */
function decimalText(text: string): string {
  return text === '-NaN' ? 'NaN' : text;
}

function join<T>(items: readonly T[], open: string, close: string, each: (item: T) => JsonText): JsonText {
  const parts: string[] = [];
  for (const item of items) {
    const text = each(item);
    if ('problem' in text) return { problem: `holds what ${text.problem}` };
    parts.push(text.json);
  }
  return { json: `${open}${parts.join(',')}${close}` };
}
