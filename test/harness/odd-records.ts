import type { KafkaRecord } from '../../src/core/record/kafka-record.ts';

const FIRST_MS = 1_772_323_200_000n;

/**
 * Records with what is easily lost: nulls beside empty bytes, bytes that are not UTF-8, repeated headers, timestamps
 * that go back, offsets that are left out. The same for the same seed.
 */
export function oddRecords(count: number, seed: number): KafkaRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    offset: BigInt(index + Math.floor(index / 100)),
    timestampMs: FIRST_MS + BigInt(index * 10 + ((index * 7) % 50)),
    timestampType: 'CreateTime' as const,
    key: [null, new Uint8Array(), Buffer.from(`key-${seed}-${index % 97}`)][index % 3] ?? null,
    value: oddValue(index, seed),
    headers:
      index % 4 === 0
        ? []
        : [
            { name: Buffer.from('trace'), value: Buffer.from(`t${index}`) },
            { name: Buffer.from('trace'), value: index % 2 === 0 ? null : new Uint8Array() },
          ],
  }));
}

function oddValue(index: number, seed: number): Uint8Array | null {
  if (index % 7 === 0) return null;
  if (index % 11 === 0) return Uint8Array.of(0xff, 0xfe, 0, index % 256);
  if (index % 13 === 0) return new Uint8Array();
  return Buffer.from(`{"number":${index},"seed":${seed},"text":"a \\"quoted\\" é"}`);
}

/** Everything of a record but its offset, so that two can be compared. */
export function recordContent({ timestampMs, timestampType, key, value, headers }: KafkaRecord): unknown {
  const pairs = headers.map(({ name, value: text }) => [hex(name), hex(text)]);
  return { at: timestampMs.toString(), timestampType, key: hex(key), value: hex(value), headers: pairs };
}

function hex(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex');
}
