import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textInput } from '../../../test/harness/load-dump.ts';
import { messageFrame, messageWriter } from '../format/message-writer.ts';
import { parseMapping } from '../mapping/parse-mapping.ts';
import type { RowSource } from '../row/row.ts';
import { openCsv } from '../text/open-csv.ts';
import { openJsonLines } from '../text/open-json-lines.ts';
import { RawMessages } from './raw-messages.ts';
import { TableRouter } from './table-router.ts';

/** Texts of every kind that a converter treats in a way of its own, and some that it refuses. */
const TEXTS = [
  ['', ' ', 'a', 'é–😀', 'say "hi"', 'a\\b', 'tab\there', '\u007f', '\u0001', 'x'.repeat(60), 'NULL', 'true', 't'],
  ['0', '-0', '7', '-7', '007', '+7', '1234', '-32769', '123456789', '2147483648', '999999999999999999'],
  ['9223372036854775807', '9223372036854775808', '12.50', '-0.00', '0.5', '.5', '5.', '1.005', '0.001', '0.0001'],
  ['1e3', '12345678.5', '1234567', '123456789012345.6', '0.1234567890123456789', '100', '1e400', 'NaN', '1,5'],
  ['2026-01-31', '2026-02-30', '0000-01-01', '2026-1-1', '2026-01-31T12:34:56', '2026-01-31 12:34:56.100'],
  ['2026-01-31T12:34:56Z', '2026-01-31T12:34:56.789Z', '2026-01-31T12:34:56.000Z', '2026-01-31T12:34:56.7890001Z'],
  ['2026-01-31T12:34:56+02:00', '1969-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z', '12:34:56'],
  ['018f2b6c-1111-7000-8000-00000000000A', '018f2b6c-1111-7000-8000-00000000000g'],
  ['{"a":[1,"é\\n"]}', '[1', '\\x00ff'],
].flat();

const TYPES = [
  ['string', '{type: string, lengthMax: 3}', '{type: string, trim: true}'],
  ['{type: string, nullTexts: ["NULL", ""]}'],
  ['int16', 'int32', 'int64', '{type: int64, nulls: omit}', '{type: int32, nulls: refuse}', 'double'],
  ['{type: double, lossy: true}', 'decimal', '{type: decimal, scale: 2}', '{type: decimal, as: number}'],
  ['{type: decimal, scale: 2, as: base64, lossy: true}', '{type: decimal, precision: 3}', 'boolean'],
  ['{type: boolean, trueTexts: ["7", t], falseTexts: ["0"]}', 'date', '{type: date, as: epoch-days}'],
  ['timestamp', '{type: timestamp, as: millis}', '{type: timestamp, as: micros}'],
  ['timestamptz', '{type: timestamptz, as: millis, lossy: true}', '{type: timestamptz, as: micros}'],
  ['{type: timestamptz, as: nanos}', '{type: timestamptz, zone: "+01:00"}', 'time', 'uuid', 'json', 'any'],
  ['{type: json, as: value}', '{type: bytes, encoding: escaped-hex}', '{type: any, missing: "null"}', 'omit'],
].flat();

const FORMATS = [
  ['{type: debezium, source: {db: é}}', '{type: debezium, jsonStyle: plain}', '{type: db2}'],
  ['{type: db2, key: empty}', '{type: golden-gate, posStart: 5, before: "null"}'],
  ['{type: v2}', '{type: v2, jsonStyle: java, empty: "null"}'],
].flat();

interface Sample {
  readonly format?: string;
  readonly type: string;
  readonly rest?: string;
  /** Whether the column is of the key, which `k` always is. */
  readonly isKey?: boolean;
  readonly source: RowSource;
}

/** Compares, row by row, what is written from the text with what the converters make; gives the number of messages. */
async function compare(sample: Sample): Promise<number> {
  const { format = '{type: debezium}', type, rest = 'refuse', isKey = false, source } = sample;
  const mapping = parseMapping(
    `
version: 1
format: ${format}
tables:
  - topic: t
    key: [k${isKey ? ', v' : ''}]
    rest: ${rest}
    columns:
      k: {type: string, to: "Kéy"}
      v: ${type}
`,
    'mapping.yaml',
  );
  const router = new TableRouter(mapping, 'refuse');
  let messages = 0;
  for await (const batch of source.read(0, AbortSignal.timeout(10_000))) {
    const { table, mapping: of, converter } = router.route(batch) ?? assert.fail('it is mapped');
    const context = { table: table ?? '', topic: 't', fields: converter.fields, tsMs: 1_700_000_000_000 };
    const frame = messageFrame(of.format, context) ?? assert.fail('the format has a frame');
    const [raw, write] = [new RawMessages(converter.raw, frame), messageWriter(of.format, context)];
    for (const [index, row] of batch.rows.entries()) {
      const converted = converter.convert(row);
      const expected: unknown = 'reason' in converted ? converted : write(converted, index);
      assert.ok(batch.raw, 'the rows stand in a text');
      const outcome = raw.write(batch.raw.rows, batch.raw.first + index, index);
      if (outcome === 'unusual') continue;
      assert.deepEqual(outcome ?? messageIn(raw), expected, `${type}, row ${index} of ${source.name}`);
      if (outcome === undefined) messages++;
    }
  }
  return messages;
}

function messageIn({ bytes, keyStart, valueStart, valueEnd }: RawMessages): { key: string; value: string } {
  return { key: bytes.toString('utf8', keyStart, valueStart), value: bytes.toString('utf8', valueStart, valueEnd) };
}

/** CSV with a row for each value; what the quote is escaped with is the file's own affair. */
function csvOf(values: readonly (string | null)[], escape = '"'): RowSource {
  const special = escape === '"' ? /"/g : /["\\]/g;
  const lines = values.map((value, index) => {
    const field = value === null ? '' : `"${value.replace(special, (found) => escape + found)}"`;
    return `key ${index},${field}`;
  });
  return openCsv(textInput(`k,v\n${lines.join('\n')}\n`, 'csv'), { escape });
}

/** JSON lines with a row for each value, which is JSON itself; and one without the field, one with another one more. */
function jsonLinesOf(values: readonly string[]): RowSource {
  const lines = values.map((value, index) => `{"k": "key ${index}","v":${value}}`);
  return openJsonLines(textInput([...lines, '{"k":"none"}', '{"k":"more","x":1.0,"v":true}'].join('\n'), 'json'));
}

const JSON_VALUES = [
  TEXTS.map((text) => JSON.stringify(text)),
  ['0', '-0', '7', '-12', '0.50', '1.5', '1e3', '1E-7', '12345678901234567890', '100.0', '123456789'],
  ['null', 'true', 'false', '{"a": [1.0, "é😀"]}', '[]', '"\\u0041"', '"\\/"', '"\\ud800"', '"\\ud83d\\ude00 \\n"'],
].flat();

test('values of CSV become, byte for byte, what the converters make of them, in every type', async () => {
  let messages = 0;
  for (const [index, type] of TYPES.entries()) {
    const sample = { type, format: FORMATS[index % FORMATS.length] ?? '', isKey: index % 2 === 0 };
    messages += await compare({ ...sample, source: csvOf([...TEXTS, null]) });
    messages += await compare({ ...sample, source: csvOf(TEXTS, '\\') });
  }
  assert.ok(messages > 500, `${messages} messages are enough to tell`);
});

test('values of JSON lines become, byte for byte, what the converters make of them, in every type', async () => {
  let messages = 0;
  for (const [index, type] of TYPES.entries()) {
    const sample = { type, format: FORMATS[index % FORMATS.length] ?? '', isKey: index % 2 === 1 && type !== 'omit' };
    const rest = ['refuse', 'omit', 'copy'][index % 3] ?? '';
    messages += await compare({ ...sample, rest, source: jsonLinesOf(JSON_VALUES) });
  }
  assert.ok(messages > 500, `${messages} messages are enough to tell`);
});

test('any text becomes the same in every format, as a value and as a key', async () => {
  const texts = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(texts, fc.constantFrom(...FORMATS), fc.boolean(), async (values, format, isKey) => {
      await compare({ type: 'string', format, isKey, source: csvOf(values) });
      const json = values.map((value) => JSON.stringify(value));
      await compare({ type: 'any', format, isKey, source: jsonLinesOf(json) });
    }),
    { numRuns: 15 },
  );
});

test('a key that is longer than the room for it is written whole', async () => {
  const source = csvOf(['é'.repeat(5000), 'short']);
  assert.equal(await compare({ type: 'string', format: '{type: db2}', isKey: true, source }), 2);
});
