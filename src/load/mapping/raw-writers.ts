import type { ByteSink } from '../json/byte-sink.ts';
import type { JsonStyle } from '../json/json-text.ts';
import { RAW, type RawRows } from '../row/raw-rows.ts';
import type { ColumnMapping } from './load-mapping.ts';
import { rawDateWriter, rawMomentWriter } from './raw-moment-writers.ts';
import { rawDecimalWriter, rawDoubleWriter, rawIntegerWriter } from './raw-number-writers.ts';
import type { RawWriter } from './raw-writer.ts';

const QUOTE = 34;
const DASH = 45;
const BACKSLASH = 92;
const UUID_BYTES = 36;
/** `jsonString` writes a character of four bytes as two escapes in Java's style. */
const FOUR_BYTES = 0xf0;
/** What may follow a backslash so that JSON would be written with it: not `/`, not `u`. */
const USUAL_ESCAPES = new Set(Buffer.from('"\\bfnrt'));
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

/** Undefined for columns whose values the converter must look at. */
export function rawWriter(column: ColumnMapping, style: JsonStyle): RawWriter | undefined {
  if (column.trim || column.nullTexts.length > 0) return undefined;
  switch (column.type) {
    case 'string':
      return column.lengthMax === undefined ? textWriter(style) : undefined;
    case 'int16':
    case 'int32':
    case 'int64':
      return rawIntegerWriter(column.type);
    case 'double':
      return rawDoubleWriter(style);
    case 'decimal':
      return rawDecimalWriter(column);
    case 'boolean':
      return booleanWriter(column);
    case 'date':
      return rawDateWriter(column);
    case 'timestamp':
    case 'timestamptz':
      return rawMomentWriter(column);
    case 'json':
      return documentWriter(column, style);
    case 'uuid':
      return writeUuid;
    case 'any':
      return anyWriter(style);
    case 'bytes':
    case 'time':
      return undefined;
  }
}

function textWriter(style: JsonStyle): RawWriter {
  const isPlain = plainBytes(style);
  return (rows, at, out) => {
    const { bytes, fields, escapeByte } = rows;
    const start = fields[at + 1] ?? 0;
    const end = fields[at + 2] ?? 0;
    switch (fields[at]) {
      case RAW.text:
        return writeText(bytes, start, end, -1, isPlain, out);
      case RAW.csvText:
        return escapeByte >= 0 && writeText(bytes, start, end, escapeByte, isPlain, out);
      case RAW.jsonText:
        return writeJsonText(bytes, start, end, isPlain, out);
      default:
        return false;
    }
  };
}

/** By byte: 1 for those that stand in a JSON text as they are. */
function plainBytes(style: JsonStyle): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    byte < 32 || byte === QUOTE || byte === BACKSLASH || (style === 'java' && byte >= FOUR_BYTES) ? 0 : 1,
  );
}

/** A text whose `escape` takes the meaning from the byte after it. */
function writeText(
  bytes: Buffer,
  start: number,
  end: number,
  escape: number,
  isPlain: Uint8Array,
  out: ByteSink,
): boolean {
  const to = out.bytes;
  let place = out.at;
  to[place++] = QUOTE;
  for (let from = start; from < end; from++) {
    let byte = bytes[from] ?? 0;
    if (byte === escape && from + 1 < end) byte = bytes[++from] ?? 0;
    if (isPlain[byte] !== 1) {
      if (byte !== QUOTE && byte !== BACKSLASH) return false;
      to[place++] = BACKSLASH;
    }
    to[place++] = byte;
  }
  to[place++] = QUOTE;
  out.at = place;
  return true;
}

/** A text that has JSON's escapes, if they are those that it would be written with. */
function writeJsonText(bytes: Buffer, start: number, end: number, isPlain: Uint8Array, out: ByteSink): boolean {
  const to = out.bytes;
  let place = out.at;
  to[place++] = QUOTE;
  for (let from = start; from < end; from++) {
    const byte = bytes[from] ?? 0;
    if (isPlain[byte] !== 1) {
      if (byte !== BACKSLASH || !USUAL_ESCAPES.has(bytes[from + 1] ?? 0)) return false;
      to[place++] = byte;
      from++;
    }
    to[place++] = bytes[from] ?? 0;
  }
  to[place++] = QUOTE;
  out.at = place;
  return true;
}

function booleanWriter({ trueTexts, falseTexts }: ColumnMapping): RawWriter {
  const texts = [
    ...trueTexts.map((text) => ({ text: Buffer.from(text), json: TRUE })),
    ...falseTexts.map((text) => ({ text: Buffer.from(text), json: FALSE })),
  ];
  return ({ bytes, fields }, at, out) => {
    const kind = fields[at];
    const start = fields[at + 1] ?? 0;
    const end = fields[at + 2] ?? 0;
    if (kind === RAW.true || kind === RAW.false) {
      out.copy(bytes, start, end);
      return true;
    }
    if (kind !== RAW.text && kind !== RAW.integer) return false;
    for (const { text, json } of texts) {
      if (!isSame(bytes, start, end, text)) continue;
      out.copy(json, 0, json.length);
      return true;
    }
    return false;
  };
}

function isSame(bytes: Buffer, start: number, end: number, text: Buffer): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}

/** Structure, which was seen to be JSON when it was read. */
function documentWriter({ as = 'text' }: ColumnMapping, style: JsonStyle): RawWriter {
  const isPlain = plainBytes(style);
  return ({ bytes, fields }, at, out) => {
    if (fields[at] !== RAW.document) return false;
    const start = fields[at + 1] ?? 0;
    const end = fields[at + 2] ?? 0;
    if (as === 'text') return writeText(bytes, start, end, -1, isPlain, out);
    out.copy(bytes, start, end);
    return true;
  };
}

function writeUuid({ bytes, fields }: RawRows, at: number, out: ByteSink): boolean {
  const start = fields[at + 1] ?? 0;
  const end = fields[at + 2] ?? 0;
  if (fields[at] !== RAW.text || end - start !== UUID_BYTES) return false;
  for (let i = 0; i < UUID_BYTES; i++) {
    const byte = bytes[start + i] ?? 0;
    const isDash = i === 8 || i === 13 || i === 18 || i === 23;
    if (isDash ? byte !== DASH : !isHex(byte)) return false;
  }
  out.quoted(bytes, start, end);
  return true;
}

function isHex(byte: number): boolean {
  const letter = byte | 32;
  return (byte >= 48 && byte <= 57) || (letter >= 97 && letter <= 102);
}

/** What JSON lines have is written as it stands there; texts as texts. */
function anyWriter(style: JsonStyle): RawWriter {
  const writeAsText = textWriter(style);
  return (rows, at, out) => {
    const { bytes, fields } = rows;
    const kind = fields[at] ?? RAW.missing;
    if (kind < RAW.true) return writeAsText(rows, at, out);
    out.copy(bytes, fields[at + 1] ?? 0, fields[at + 2] ?? 0);
    return true;
  };
}
