import * as fc from 'fast-check';
import type { KafkaRecord, RecordHeader } from '../../src/core/record/kafka-record.ts';

/** Texts that JSON and UTF-8 find hard, of lengths that cross the codec's blocks of 16 bytes. */
const PIECES: readonly string[] = [
  '"',
  '\\',
  '\n',
  '\r',
  '\t',
  '\b',
  '\f',
  '\0',
  '\u001f',
  '\u007f',
  '/',
  '\u0080',
  '\u07ff',
  '\u0800',
  '\uffff',
  '\ufeff',
  '\u2028',
  '\ud7ff',
  '\ue000',
  '\u{10000}',
  '\u{10ffff}',
  'é',
  '漢',
  '😀',
  'a',
  '0123456789abcdef',
  '{"id":7}',
  'null',
  '=',
];

/** Pieces of byte sequences that are, or may be with what stands beside them, no UTF-8. */
const BROKEN: readonly (readonly number[])[] = [
  [0xff],
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xe0, 0x80, 0x80],
  [0xed, 0xa0, 0x80],
  [0xed, 0xbf, 0xbf],
  [0xf0, 0x80, 0x80, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5],
  [0x80],
  [0xbf],
  [0xc3],
  [0xe6, 0xbc],
  [0xf0, 0x9f, 0x98],
  [0xfe, 0xff],
];

const text = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...PIECES) }, fc.string({ unit: 'binary', maxLength: 20 })), {
    maxLength: 12,
  })
  .map((pieces) => Buffer.from(pieces.join('').toWellFormed()));

const mixed = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PIECES).map((piece) => Buffer.from(piece)),
      fc.constantFrom(...BROKEN).map((bytes) => Buffer.from(bytes)),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => Buffer.concat(pieces));

/** Bytes of a key, a value or a header: text of all kinds, not text at all, empty. */
export const bytesArbitrary: fc.Arbitrary<Uint8Array> = fc.oneof(text, mixed).map((bytes) => new Uint8Array(bytes));

const nullableBytes = fc.option(bytesArbitrary, { nil: null, freq: 8 });

const header: fc.Arbitrary<RecordHeader> = fc.record({
  name: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('n', 'trace-id', '').map((name) => Buffer.from(name)) },
    bytesArbitrary,
  ),
  value: nullableBytes,
});

/** Milliseconds from anywhere, often from where something changes. */
export const timestampArbitrary: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: 1_700_000_000_000n, max: 1_700_000_005_000n }) },
  fc.constantFrom(
    -1n,
    0n,
    -1000n,
    253_402_300_799_999n,
    253_402_300_800_000n,
    -62_167_219_200_000n,
    -62_167_219_200_001n,
  ),
  fc.constantFrom(951_782_400_000n, 951_868_799_999n, 1_709_164_800_000n, -2_203_891_200_000n),
  fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
  fc.bigInt({ min: -62_167_219_200_000n, max: 253_402_300_799_999n }),
);

/** Options of `recordsArbitrary`. */
export interface RecordsArbitraryOptions {
  readonly maxLength?: number;
  /** First offset, at least. */
  readonly from?: bigint;
  /** No holes between offsets. */
  readonly dense?: boolean;
}

/** Records of one batch: ascending offsets (with holes unless dense), one timestamp type, everything odd. */
export function recordsArbitrary(options: RecordsArbitraryOptions = {}): fc.Arbitrary<KafkaRecord[]> {
  const { maxLength = 8, from = 0n, dense = false } = options;
  const step = dense
    ? fc.constant(1)
    : fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 12_000 }));
  const record = fc.record({
    step,
    timestampMs: timestampArbitrary,
    key: nullableBytes,
    value: nullableBytes,
    headers: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(header, { maxLength: 5 })),
  });
  return fc.tuple(fc.array(record, { minLength: 1, maxLength }), fc.boolean()).map(([drafts, appended]) => {
    let offset = from - 1n;
    const appendMs = drafts.reduce((max, { timestampMs }) => (timestampMs > max ? timestampMs : max), -(2n ** 63n));
    return drafts.map(({ step: gap, timestampMs, ...rest }) => {
      offset += BigInt(gap);
      const time: Pick<KafkaRecord, 'timestampMs' | 'timestampType'> = appended
        ? { timestampMs: appendMs, timestampType: 'LogAppendTime' }
        : { timestampMs, timestampType: 'CreateTime' };
      return { offset, ...time, ...rest };
    });
  });
}

/** A record in plain values, for comparisons and messages. */
export function plainRecord(record: KafkaRecord): unknown {
  return {
    offset: record.offset,
    timestampMs: record.timestampMs,
    timestampType: record.timestampType,
    key: hex(record.key),
    value: hex(record.value),
    headers: record.headers.map(({ name, value }) => [hex(name), hex(value)]),
  };
}

function hex(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex');
}
