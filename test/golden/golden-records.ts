import { readFileSync } from 'node:fs';
import type { KafkaRecord } from '../../src/core/record/kafka-record.ts';

interface StoredRecord {
  readonly offset: string;
  readonly timestampMs: string;
  readonly timestampType: KafkaRecord['timestampType'];
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [name: string, value: string | null])[];
}

/** The records that every golden file holds, from `records.json`: bytes in hexadecimal, 64-bit numbers as text. */
export function goldenRecords(): KafkaRecord[] {
  const stored = JSON.parse(readFileSync(new URL('records.json', import.meta.url), 'utf8')) as StoredRecord[];
  return stored.map(({ offset, timestampMs, timestampType, key, value, headers }) => ({
    offset: BigInt(offset),
    timestampMs: BigInt(timestampMs),
    timestampType,
    key: bytesOf(key),
    value: bytesOf(value),
    headers: headers.map(([name, content]) => ({ name: Buffer.from(name, 'hex'), value: bytesOf(content) })),
  }));
}

function bytesOf(hex: string | null): Uint8Array | null {
  return hex === null ? null : new Uint8Array(Buffer.from(hex, 'hex'));
}
