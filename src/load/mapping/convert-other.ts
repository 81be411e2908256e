import type { RowValue } from '../row/row.ts';
import { jsonDouble, jsonString, type JsonStyle } from '../json/json-text.ts';
import type { ColumnMapping } from './load-mapping.ts';
import { isoDate, isoTime, momentFromUs } from './moment.ts';
import { type Converted, Refusal, wrongKind } from './refusal.ts';

/** Ways to write bytes (Debezium's `binary.handling.mode`). */
export const BYTES_FORMS = ['base64', 'base64-url-safe', 'hex'] as const;
/** Ways to write structure: its text as a string, as Debezium does, or itself. */
export const JSON_FORMS = ['text', 'value'] as const;

const NOT_UNICODE = new Refusal('not well-formed Unicode');

/** Text. Numbers, dates and structures become their own text; booleans and bytes can be written in several ways. */
export function stringConverter({ trim, lengthMax }: ColumnMapping, style: JsonStyle): (value: RowValue) => Converted {
  const finish = (given: string): Converted => {
    const text = trim ? given.trim() : given;
    if (lengthMax !== undefined && text.length > lengthMax) return new Refusal(`longer than ${lengthMax} characters`);
    return text.isWellFormed() ? jsonString(text, style) : NOT_UNICODE;
  };
  return (value) => {
    if (typeof value === 'string') return finish(value);
    const text = plainText(value);
    return text === undefined ? wrongKind(value, 'string') : finish(text);
  };
}

/** The one text of a value that has one. */
function plainText(value: RowValue): string | undefined {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined;
  switch (value.kind) {
    case 'decimal':
      return value.text;
    case 'date':
      return isoDate(value.epochDay);
    case 'time':
      return isoTime(Number(value.us));
    case 'timestamp': {
      const { day, us } = momentFromUs(value.epochUs);
      return `${isoDate(day)}T${isoTime(us)}`;
    }
    case 'instant': {
      const { day, us } = momentFromUs(value.epochUs);
      return `${isoDate(day)}T${isoTime(us)}Z`;
    }
    case 'document':
      return value.json;
  }
}

/** Booleans; of texts and numbers, those that the mapping lists. */
export function booleanConverter({ trueTexts, falseTexts }: ColumnMapping): (value: RowValue) => Converted {
  const texts = new Map([...trueTexts.map((text) => [text, 'true']), ...falseTexts.map((text) => [text, 'false'])] as [
    string,
    string,
  ][]);
  return (value) => {
    if (typeof value === 'boolean') return value ? 'true' : 'false';
    // MySQL's `bit(1)`, as dumps have it.
    if (value instanceof Uint8Array && value.length === 1 && Number(value[0]) <= 1)
      return value[0] === 1 ? 'true' : 'false';
    if (typeof value !== 'string' && typeof value !== 'bigint') return wrongKind(value, 'boolean');
    return texts.get(String(value)) ?? new Refusal(`neither true (${trueTexts.join(', ')}) nor false`);
  };
}

const HEX = /^(?:[0-9a-fA-F]{2})*$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Bytes; of a text, the mapping says how it stands for them. */
export function bytesConverter({ as = 'base64', encoding }: ColumnMapping): (value: RowValue) => Converted {
  const write = (bytes: Buffer): string => {
    if (as === 'hex') return `"${bytes.toString('hex')}"`;
    const base64 = bytes.toString('base64');
    return `"${as === 'base64' ? base64 : base64.replaceAll('+', '-').replaceAll('/', '_')}"`;
  };
  const read = (text: string): Buffer | Refusal => {
    switch (encoding) {
      case 'hex':
        return HEX.test(text) ? Buffer.from(text, 'hex') : new Refusal('not hexadecimal');
      case 'escaped-hex':
        return /^(\\|0)x/.test(text) && HEX.test(text.slice(2))
          ? Buffer.from(text.slice(2), 'hex')
          : new Refusal('not hexadecimal after \\x or 0x');
      case 'base64':
        return BASE64.test(text) ? Buffer.from(text, 'base64') : new Refusal('not base64');
      case 'utf-8':
        return text.isWellFormed() ? Buffer.from(text, 'utf8') : NOT_UNICODE;
      case undefined:
        return new Refusal('a text does not become bytes unless the mapping says how (`encoding`)');
    }
  };
  return (value) => {
    if (value instanceof Uint8Array) return write(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    if (typeof value !== 'string') return wrongKind(value, 'bytes');
    const bytes = read(value);
    return bytes instanceof Refusal ? bytes : write(bytes);
  };
}

/** Structure: the text that the source has of it, checked; no digit of a number is touched. */
export function jsonConverter({ as = 'text' }: ColumnMapping, style: JsonStyle): (value: RowValue) => Converted {
  const write = (json: string): Converted => {
    try {
      JSON.parse(json);
    } catch {
      return new Refusal('not JSON');
    }
    if (!json.isWellFormed()) return NOT_UNICODE;
    return as === 'text' ? jsonString(json, style) : json;
  };
  const fromAny = anyConverter(style);
  return (value) => {
    if (typeof value === 'string') return write(value);
    if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'document') {
      return write(value.json);
    }
    // A JSON column may hold a number or a boolean too.
    return as === 'value' ? fromAny(value) : wrongKind(value, 'json');
  };
}

const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** UUIDs as the source writes them. */
export function uuidConverter(): (value: RowValue) => Converted {
  return (value) => {
    if (typeof value !== 'string') return wrongKind(value, 'uuid');
    return UUID.test(value) ? `"${value}"` : new Refusal('not a UUID');
  };
}

/** Whatever the source has, where JSON has the same: for documents whose fields have no fixed type. */
export function anyConverter(style: JsonStyle): (value: RowValue) => Converted {
  return (value) => {
    if (typeof value === 'string') return value.isWellFormed() ? jsonString(value, style) : NOT_UNICODE;
    if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
    if (typeof value === 'number') {
      return Number.isFinite(value) ? jsonDouble(value, style) : new Refusal(`JSON has no ${value}`);
    }
    if (typeof value === 'object' && value !== null && 'kind' in value) {
      if (value.kind === 'document') return value.json.isWellFormed() ? value.json : NOT_UNICODE;
      if (value.kind === 'decimal' && isJsonNumber(value.text)) return value.text;
    }
    return wrongKind(value, 'any JSON');
  };
}

function isJsonNumber(text: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);
}
