import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonStyle } from '../json/json-text.ts';
import type { RowValue } from '../row/row.ts';
import { columnConverter } from './column-converter.ts';
import type { ColumnFile } from './mapping-schema.ts';
import { columnMapping } from './parse-mapping.ts';
import { Refusal } from './refusal.ts';

const DAY_US = 86_400_000_000n;

/** What becomes of a value: its JSON, `undefined` when it is left out, or the reason against it. */
function converted(value: RowValue, column: ColumnFile, style: JsonStyle = 'plain'): unknown {
  const result = columnConverter(columnMapping('c', column), style)(value);
  return result instanceof Refusal ? { refused: result.reason } : result;
}

function assertRefused(value: RowValue, column: ColumnFile, reason: RegExp): void {
  const result = converted(value, column);
  const text = typeof result === 'object' && result !== null && 'refused' in result ? String(result.refused) : 'taken';
  assert.match(text, reason, JSON.stringify(column));
}

test('null, missing fields and texts for null become what the column says', () => {
  assert.equal(converted(null, { type: 'int64' }), 'null');
  assert.equal(converted(null, { type: 'int64', nulls: 'omit' }), undefined);
  assertRefused(null, { type: 'int64', nulls: 'refuse' }, /is null/);
  assert.equal(converted(undefined, { type: 'int64' }), undefined);
  assert.equal(converted(undefined, { type: 'int64', missing: 'null' }), 'null');
  assertRefused(undefined, { type: 'int64', missing: 'refuse' }, /is missing/);
  assert.equal(converted(' N/A ', { type: 'int64', trim: true, nullTexts: ['N/A'] }), 'null');
  assertRefused(' N/A ', { type: 'int64', nullTexts: ['N/A'] }, /not a whole number/);
});

test('whole numbers: every one of the range, from text and from numbers, and none outside it', () => {
  const limits = { int16: 2n ** 15n, int32: 2n ** 31n, int64: 2n ** 63n } as const;
  const type = fc.constantFrom('int16', 'int32', 'int64');
  fc.assert(
    fc.property(type, fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.nat(60), (of, large, shift) => {
      const value = large >> BigInt(shift);
      const isWithin = value >= -limits[of] && value < limits[of];
      for (const given of [value, value.toString(), value < 0n ? `-00${-value}` : `+00${value}`]) {
        if (isWithin) assert.equal(converted(given, { type: of }), value.toString());
        else assertRefused(given, { type: of }, /is not within/);
      }
    }),
  );
  for (const [of, limit] of Object.entries(limits) as [keyof typeof limits, bigint][]) {
    assert.equal(converted(-limit, { type: of }), String(-limit));
    assertRefused(limit, { type: of }, /is not within/);
  }
  for (const text of ['', ' 1', '1 ', '1.0', '1e3', '0x10', '١', '-', '1_000']) {
    assertRefused(text, { type: 'int64' }, /not a whole number/);
  }
  assertRefused(1.5, { type: 'int64' }, /a double does not become int64/);
  assertRefused(true, { type: 'int32' }, /a boolean does not become int32/);
});

test('doubles: what a double holds comes back as the same double; digits are lost only where that is allowed', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      for (const style of ['plain', 'java'] as const) {
        const json = converted(value, { type: 'double' }, style);
        assert.equal(JSON.parse(String(json)), style === 'plain' && value === 0 ? 0 : value);
      }
      assert.equal(JSON.parse(String(converted(String(value), { type: 'double' }))), value === 0 ? 0 : value);
    }),
  );
  assertRefused('0.12345678901234567890', { type: 'double' }, /does not hold all its digits/);
  assert.equal(converted('0.12345678901234567890', { type: 'double', lossy: true }), '0.12345678901234568');
  assertRefused('9007199254740993', { type: 'double' }, /does not hold all its digits/);
  assert.equal(converted('1', { type: 'double' }, 'java'), '1.0');
  for (const text of ['', 'NaN', 'Infinity', '1,5', '1.5.', 'e3']) assertRefused(text, { type: 'double' }, /not a num/);
  assertRefused('1e400', { type: 'double' }, /too large/);
  assertRefused(NaN, { type: 'double' }, /JSON has no NaN/);
});

test('decimals: digit for digit; a scale adds zeros, and takes only zeros away', () => {
  const decimal = fc.tuple(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), fc.nat(20));
  fc.assert(
    fc.property(decimal, fc.nat(5), ([unscaled, scale], more) => {
      const text = scaled(unscaled, scale);
      assert.equal(converted(text, { type: 'decimal' }), `"${text}"`);
      assert.equal(converted({ kind: 'decimal', text }, { type: 'decimal', as: 'number' }), text);
      const longer = scaled(unscaled * 10n ** BigInt(more), scale + more);
      assert.equal(converted(text, { type: 'decimal', scale: scale + more }), `"${longer}"`);
      assert.equal(converted(longer, { type: 'decimal', scale }), `"${text}"`);
      const scientific = converted(`${unscaled}e-${scale}`, { type: 'decimal', scale });
      assert.equal(scientific, `"${text}"`);
    }),
  );
  assertRefused('1.005', { type: 'decimal', scale: 2 }, /more than 2 digits after the point/);
  assert.equal(converted('1.005', { type: 'decimal', scale: 2, lossy: true }), '"1.01"');
  assert.equal(converted('-9.995', { type: 'decimal', scale: 2, lossy: true }), '"-10.00"');
  assert.equal(converted('-0.00', { type: 'decimal' }), '"0.00"');
  assertRefused('123.4', { type: 'decimal', precision: 3 }, /more than 3 digits/);
  for (const text of ['', '.', '-', '1,5', '1e', '1e99999', 'NaN', ' 1'])
    assertRefused(text, { type: 'decimal' }, /not a/);
  assertRefused(1.5, { type: 'decimal' }, /a double does not become decimal/);
});

test('decimals as bytes are the unscaled number, big-endian and short, as Connect has them', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), fc.nat(6), (unscaled, scale) => {
      const json = converted(scaled(unscaled, scale), { type: 'decimal', as: 'base64', scale });
      const bytes = Buffer.from(String(JSON.parse(String(json))), 'base64');
      assert.equal(BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`)), unscaled);
      const fewer = BigInt.asIntN((bytes.length - 1) * 8, unscaled);
      assert.ok(bytes.length === 1 || fewer !== unscaled, 'no byte is too many');
    }),
  );
});

test('booleans: only the texts that are named', () => {
  assert.equal(converted('true', { type: 'boolean' }), 'true');
  assert.equal(converted(false, { type: 'boolean' }), 'false');
  assertRefused('True', { type: 'boolean' }, /neither true \(true\) nor false/);
  assertRefused(1n, { type: 'boolean' }, /neither true/);
  const tinyint: ColumnFile = { type: 'boolean', trueTexts: ['1', 'J'], falseTexts: ['0', 'N'] };
  assert.equal(converted(1n, tinyint), 'true');
  assert.equal(converted('N', tinyint), 'false');
});

test('bytes: in every form, and from texts only where the mapping says how', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const buffer = Buffer.from(bytes);
      const base64 = `"${buffer.toString('base64')}"`;
      assert.equal(converted(bytes, { type: 'bytes' }), base64);
      const urlSafe = String(converted(bytes, { type: 'bytes', as: 'base64-url-safe' }));
      assert.deepEqual(Buffer.from(urlSafe.slice(1, -1), 'base64url'), buffer);
      assert.match(urlSafe, /^"[\w=-]*"$/);
      const hex = buffer.toString('hex');
      assert.equal(converted(hex, { type: 'bytes', encoding: 'hex' }), base64);
      assert.equal(converted(`\\x${hex}`, { type: 'bytes', encoding: 'escaped-hex', as: 'hex' }), `"${hex}"`);
      assert.equal(converted(buffer.toString('base64'), { type: 'bytes', encoding: 'base64' }), base64);
    }),
  );
  assert.equal(converted('é', { type: 'bytes', encoding: 'utf-8', as: 'hex' }), '"c3a9"');
  assertRefused('00', { type: 'bytes' }, /unless the mapping says how/);
  assertRefused('0', { type: 'bytes', encoding: 'hex' }, /not hexadecimal/);
  assertRefused('00', { type: 'bytes', encoding: 'escaped-hex' }, /not hexadecimal after/);
  assertRefused('AA=', { type: 'bytes', encoding: 'base64' }, /not base64/);
  assertRefused('\ud800', { type: 'bytes', encoding: 'utf-8' }, /not well-formed/);
});

test('points in time: ISO 8601 in any zone is the same moment in UTC, in every form', () => {
  const moment = fc.date({ min: new Date('0001-01-01'), max: new Date('9998-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(moment, fc.integer({ min: -720, max: 840 }), fc.nat(999), (date, offset, us) => {
      const digits = String(us).padStart(3, '0');
      const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1);
      const text = `${local}${digits}${zoneText(offset)}`;
      const epochUs = BigInt(date.getTime()) * 1000n + BigInt(us);
      const iso = `"${`${date.toISOString().slice(0, -1)}${digits}`.replace(/\.?0+$/, '')}Z"`;
      for (const given of [text, text.replace('T', ' '), { kind: 'instant', epochUs } as const]) {
        assert.equal(converted(given, { type: 'timestamptz' }), iso);
        assert.equal(converted(given, { type: 'timestamptz', as: 'micros' }), String(epochUs));
        assert.equal(converted(given, { type: 'timestamptz', as: 'nanos' }), `${epochUs}000`.replace(/^0000$/, '0'));
        assert.equal(
          converted(given, { type: 'timestamptz', as: 'millis', lossy: true }),
          String(date.getTime()),
          'cut towards the past',
        );
      }
    }),
  );
  assertRefused('2026-01-31T12:00:00', { type: 'timestamptz' }, /has no zone/);
  assert.equal(converted('2026-01-31T12:00:00', { type: 'timestamptz', zone: '+01:00' }), '"2026-01-31T11:00:00Z"');
  assertRefused('2026-01-31T12:00:00.0001Z', { type: 'timestamptz', as: 'millis' }, /below the millisecond/);
  assertRefused('2026-01-31T12:00:00.1234567Z', { type: 'timestamptz' }, /below the microsecond/);
});

test('timestamps, dates and times: no zone is lost, no day invented', () => {
  assert.equal(converted('2026-01-31 12:34:56.7', { type: 'timestamp' }), '"2026-01-31T12:34:56.7"');
  assert.equal(converted('2026-01-31 12:34', { type: 'timestamp' }), '"2026-01-31T12:34:00"');
  assert.equal(converted('1969-12-31T23:59:59.999', { type: 'timestamp', as: 'millis' }), '-1');
  assertRefused('2026-01-31T12:34:56Z', { type: 'timestamp' }, /has a zone/);
  assertRefused({ kind: 'instant', epochUs: 0n }, { type: 'timestamp' }, /a point in time does not become timestamp/);
  assert.equal(converted('2024-02-29', { type: 'date', as: 'epoch-days' }), '19782');
  assert.equal(converted({ kind: 'timestamp', epochUs: 2n * DAY_US }, { type: 'date' }), '"1970-01-03"');
  assertRefused({ kind: 'timestamp', epochUs: 1n }, { type: 'date' }, /has a time of day/);
  assert.equal(converted('31/01/2026', { type: 'date', pattern: 'DD/MM/YYYY' }), '"2026-01-31"');
  assert.equal(converted('3-Feb-2026', { type: 'date', pattern: 'DD-MON-YYYY' }), '"2026-02-03"');
  for (const text of ['2025-02-29', '2026-13-01', '2026-1-31', '', '2026-01-31T00:00:00', '31/01/2026']) {
    assertRefused(text, { type: 'date' }, /not a date/);
  }
  assert.equal(converted('12:34:56.789', { type: 'time', as: 'millis' }), '45296789');
  assert.equal(converted({ kind: 'time', us: 1_500_000n }, { type: 'time' }), '"00:00:01.5"');
  assertRefused('24:00:00', { type: 'time' }, /not a time of day/);
  assertRefused('12:34:56.0000001', { type: 'time' }, /below the microsecond/);
});

test('texts and structures: well-formed Unicode only, and no digit of a number in them is touched', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(JSON.parse(String(converted(text, { type: 'string' }, 'java'))), text);
      assert.equal(JSON.parse(String(converted(text, { type: 'any' }))), text);
    }),
  );
  assertRefused('\udc00', { type: 'string' }, /not well-formed/);
  assertRefused('four', { type: 'string', lengthMax: 3 }, /longer than 3/);
  assert.equal(converted({ kind: 'decimal', text: '1.50' }, { type: 'string' }), '"1.50"');
  assertRefused(true, { type: 'string' }, /a boolean does not become string/);
  const json = '{"a": 1.00, "b": 12345678901234567890}';
  assert.equal(converted(json, { type: 'json', as: 'value' }), json);
  assert.equal(converted({ kind: 'document', json }, { type: 'json' }), JSON.stringify(json));
  assertRefused('{a: 1}', { type: 'json' }, /not JSON/);
  assert.equal(converted({ kind: 'decimal', text: '1.50' }, { type: 'any' }), '1.50');
  assertRefused({ kind: 'date', epochDay: 1 }, { type: 'any' }, /a date does not become any JSON/);
  const uuid = '018f2B6c-1111-7000-8000-00000000000a';
  assert.equal(converted(uuid, { type: 'uuid' }), `"${uuid}"`);
  assertRefused(uuid.slice(1), { type: 'uuid' }, /not a UUID/);
});

/** `-1` with 2 digits after the point: `-0.01`. */
function scaled(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  const fraction = scale === 0 ? '' : `.${digits.slice(point)}`;
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${fraction}`;
}

function zoneText(offset: number): string {
  const minutes = Math.abs(offset);
  return `${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
