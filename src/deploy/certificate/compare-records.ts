import { createHash } from 'node:crypto';
import type { KafkaRecord } from '../../core/record/kafka-record.ts';

/** What of a record can differ. */
export type RecordDifference = 'timestamp' | 'timestamp type' | 'key' | 'value' | 'headers';

/** Everything in which two records differ, byte by byte: null and empty differ, and so does the order of headers. */
export function recordDifferences(a: KafkaRecord, b: KafkaRecord): RecordDifference[] {
  const differences: RecordDifference[] = [];
  if (a.timestampMs !== b.timestampMs) differences.push('timestamp');
  if (a.timestampType !== b.timestampType) differences.push('timestamp type');
  if (!sameBytes(a.key, b.key)) differences.push('key');
  if (!sameBytes(a.value, b.value)) differences.push('value');
  const sameHeaders =
    a.headers.length === b.headers.length &&
    a.headers.every(({ name, value }, index) => {
      const other = b.headers[index];
      return other !== undefined && sameBytes(name, other.name) && sameBytes(value, other.value);
    });
  if (!sameHeaders) differences.push('headers');
  return differences;
}

/**
 * SHA-256 of a record's timestamp (8 bytes), key, value, and names and values of its headers in order, each with its length
 * (8 bytes, big-endian; -1 for null) before it. Tells records apart without showing what is in them.
 */
export function recordDigest({ timestampMs, key, value, headers }: KafkaRecord): string {
  const hash = createHash('sha256');
  const number = (amount: bigint): void => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(amount);
    hash.update(bytes);
  };
  const part = (bytes: Uint8Array | null): void => {
    number(BigInt(bytes?.length ?? -1));
    if (bytes !== null) hash.update(bytes);
  };
  number(timestampMs);
  part(key);
  part(value);
  for (const header of headers) {
    part(header.name);
    part(header.value);
  }
  return hash.digest('hex');
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}
