import type { KafkaRecord, RecordHeader } from '../record/kafka-record.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
const OFFSET_MAX = 2n ** 63n - 1n;

/** A line's record, and the partition that the line says. */
export interface DecodedLine {
  readonly record: KafkaRecord;
  readonly partition: number | undefined;
}

/**
 * Reads one line, with or without its line feed: any JSON of a line's fields, in any order and spelling, unknown fields
 * passed over, so that lines of the mirrored system and of hand-made files are read too. The plain twin of
 * wasm/decode.ts, which takes the canonical ones.
 * @throws RangeError (or SyntaxError, TypeError) that says what is wrong with it.
 */
export function decodeLine(line: Uint8Array): DecodedLine {
  const fields = asObject(JSON.parse(UTF8.decode(line), keepIntegers));
  const offset = fields['offset'];
  if (typeof offset !== 'bigint' || offset < 0n || offset > OFFSET_MAX) throw new RangeError('"offset" is no offset');
  const partition = fields['partition'];
  if (partition !== undefined && typeof partition !== 'bigint') throw new RangeError('"partition" is no number');
  return {
    partition: partition === undefined ? undefined : Number(partition),
    record: {
      offset,
      timestampMs: readTimestamp(fields['timestamp'], fields['timestampMs']),
      timestampType: readTimestampType(fields['timestampType']),
      key: readBytes('key', fields['key'] ?? null, fields['keyEncoding']),
      value: readBytes('payload', fields['payload'] ?? null, fields['payloadEncoding']),
      headers: readHeaders(fields['headers']),
    },
  };
}

/** Integers as bigints: offsets can be larger than what a number holds. */
function keepIntegers(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = typeof value === 'number' ? context?.source : undefined;
  return source !== undefined && /^-?\d{1,20}$/.test(source) ? BigInt(source) : value;
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RangeError('not a JSON object');
  return { ...value };
}

function readTimestamp(text: unknown, exact: unknown): bigint {
  if (exact !== undefined) {
    const value = typeof exact === 'string' && /^-?\d{1,19}$/.test(exact) ? BigInt(exact) : undefined;
    if (value === undefined || BigInt.asIntN(64, value) !== value) throw new RangeError('"timestampMs" is no number');
    return value;
  }
  const match = typeof text === 'string' ? TIME.exec(text) : null;
  if (match === null) throw new RangeError('"timestamp" is no time');
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] = match;
  const wall = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}`;
  const ms = Date.parse(`${wall}${zone}`);
  // Date.parse takes February 30th for March 1st.
  const utc = Date.parse(`${wall}Z`);
  if (Number.isNaN(ms) || Number.isNaN(utc) || new Date(utc).toISOString() !== `${wall}Z`) {
    throw new RangeError('"timestamp" is no time');
  }
  return BigInt(ms);
}

function readTimestampType(value: unknown): KafkaRecord['timestampType'] {
  if (value === undefined || value === 'CreateTime') return 'CreateTime';
  if (value === 'LogAppendTime') return 'LogAppendTime';
  throw new RangeError('"timestampType" is unknown');
}

function readBytes(name: string, value: unknown, encoding: unknown): Uint8Array | null {
  if (encoding !== undefined && encoding !== 'utf8' && encoding !== 'base64') {
    throw new RangeError(`the encoding of "${name}" is unknown`);
  }
  if (value === null) return null;
  if (typeof value !== 'string') throw new RangeError(`"${name}" is no string`);
  if (encoding === 'base64') {
    const bytes = Buffer.from(value, 'base64');
    if (bytes.toString('base64') !== value) throw new RangeError(`"${name}" is no base64`);
    return new Uint8Array(bytes);
  }
  if (!value.isWellFormed()) throw new RangeError(`"${name}" has half a surrogate pair`);
  return new TextEncoder().encode(value);
}

function readHeaders(value: unknown): RecordHeader[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new RangeError('"headers" is no array');
  return value.map((entry: unknown) => {
    if (!Array.isArray(entry) || entry.length < 2 || entry.length > 4) throw new RangeError('a header is no pair');
    const items: readonly unknown[] = entry;
    const [name, content, valueEncoding, nameEncoding] = items;
    const bytes = readBytes('header name', name, nameEncoding);
    if (bytes === null) throw new RangeError('a header has no name');
    return { name: bytes, value: readBytes('header value', content, valueEncoding) };
  });
}
