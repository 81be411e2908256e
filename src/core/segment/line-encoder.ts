import { isUtf8 } from 'node:buffer';
import type { KafkaRecord, RecordHeader } from '../record/kafka-record.ts';

/** Years 0000 to 9999: the times that have a text of four-digit years. */
const TIMESTAMP_TEXT_MIN_MS = -62_167_219_200_000n;
const TIMESTAMP_TEXT_MAX_MS = 253_402_300_799_999n;

const LINE_FEED = '\n';
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A record's line, line feed and all, as docs/format.md says. The plain twin of wasm/encode.ts: its oracle in tests, and
 * the shortest statement of what a line is.
 */
export function encodeLine(record: KafkaRecord, partition: number): Uint8Array {
  return new TextEncoder().encode(`${lineText(record, partition)}${LINE_FEED}`);
}

function lineText(record: KafkaRecord, partition: number): string {
  const { timestampMs } = record;
  const dated = timestampMs >= TIMESTAMP_TEXT_MIN_MS && timestampMs <= TIMESTAMP_TEXT_MAX_MS;
  const timestamp = dated ? `"${new Date(Number(timestampMs)).toISOString()}"` : 'null';
  const key = textOf(record.key);
  const payload = textOf(record.value);
  const fields = [
    `"timestamp":${timestamp}`,
    `"partition":${partition}`,
    `"offset":${record.offset}`,
    `"key":${key.json}`,
    `"payload":${payload.json}`,
  ];
  if (record.headers.length > 0) fields.push(`"headers":[${record.headers.map(headerText).join(',')}]`);
  if (key.base64) fields.push('"keyEncoding":"base64"');
  if (payload.base64) fields.push('"payloadEncoding":"base64"');
  if (record.timestampType === 'LogAppendTime') fields.push('"timestampType":"LogAppendTime"');
  if (!dated) fields.push(`"timestampMs":"${timestampMs}"`);
  return `{${fields.join(',')}}`;
}

function headerText({ name, value }: RecordHeader): string {
  const nameText = textOf(name);
  const valueText = textOf(value);
  const items = [nameText.json, valueText.json];
  if (valueText.base64) items.push('"base64"');
  else if (nameText.base64) items.push('"utf8"');
  if (nameText.base64) items.push('"base64"');
  return `[${items.join(',')}]`;
}

/** Bytes as JSON: a string of their text, or of their base64 when they are no UTF-8. */
function textOf(bytes: Uint8Array | null): { readonly json: string; readonly base64: boolean } {
  if (bytes === null) return { json: 'null', base64: false };
  if (isUtf8(bytes)) return { json: JSON.stringify(UTF8.decode(bytes)), base64: false };
  return { json: JSON.stringify(Buffer.from(bytes).toString('base64')), base64: true };
}
