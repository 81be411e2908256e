import { bsonKind, bsonToJson, JSON_NUMBER, type JsonText, numberText } from './bson-json.ts';
import type { SourceType } from './restore-rule.ts';

const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;

type Restore = (value: unknown) => JsonText;

const RESTORE: Readonly<Record<SourceType, Restore>> = {
  json: bsonToJson,
  string: toText,
  integer: (value) => toNumber(value, INTEGER),
  number: (value) => toNumber(value, JSON_NUMBER),
  boolean: toBoolean,
  unixMs: toUnixMs,
  isoString: toIsoString,
  jsonText: toJsonText,
};

/** The value of a field of the source, as JSON, from what the projection holds. Null stays null. */
export function restoreValue(value: unknown, sourceType: SourceType): JsonText {
  return value === null ? { json: 'null' } : RESTORE[sourceType](value);
}

/**
 * True when a value of the source may have been spelled in another way than it is restored: `"007"` comes back from an
 * integer as `"7"`, JSON text without its blanks.
 */
export function mayBeRespelled(castFunction: string, sourceType: SourceType): boolean {
  if (sourceType === 'string') return castFunction === 'castToInteger' || castFunction === 'castToFloat';
  if (sourceType === 'number') return castFunction === 'castToString';
  return sourceType === 'isoString' || sourceType === 'jsonText';
}

function toText(value: unknown): JsonText {
  if (typeof value === 'string') return { json: JSON.stringify(value) };
  if (typeof value === 'boolean') return { json: value ? '"true"' : '"false"' };
  const number = numberText(value);
  return number !== undefined && JSON_NUMBER.test(number) ? { json: `"${number}"` } : unexpected(value);
}

function toNumber(value: unknown, pattern: RegExp): JsonText {
  const text = typeof value === 'string' ? value : numberText(value);
  return text !== undefined && pattern.test(text) ? { json: text } : unexpected(value);
}

function toBoolean(value: unknown): JsonText {
  const text = String(value);
  const isBoolean = typeof value === 'boolean' || value === 'true' || value === 'false';
  return isBoolean ? { json: text } : unexpected(value);
}

function toUnixMs(value: unknown): JsonText {
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? unexpected(value) : { json: String(value.getTime()) };
  if (typeof value !== 'string') return toNumber(value, INTEGER);
  const ms = ISO_TIME.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? unexpected(value) : { json: String(ms) };
}

function toIsoString(value: unknown): JsonText {
  if (typeof value === 'string') return { json: JSON.stringify(value) };
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) return unexpected(value);
  return { json: JSON.stringify(value.toISOString()) };
}

function toJsonText(value: unknown): JsonText {
  if (typeof value === 'string') return unexpected(value);
  const text = bsonToJson(value);
  return 'problem' in text ? text : { json: JSON.stringify(text.json) };
}

function unexpected(value: unknown): JsonText {
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : (numberText(value) ?? '');
  return { problem: `is the ${bsonKind(value)} ${text}`.trimEnd() };
}
