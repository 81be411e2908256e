import { type Static, Type } from 'typebox';
import { JSON_STYLES } from '../json/json-text.ts';
import { TEXT_ENCODINGS } from '../text/decode-text.ts';

const CLOSED = { additionalProperties: false } as const;

/** One of some words; `expects` is what a message says after "must be". */
function word<const Word extends string>(words: readonly Word[], description?: string) {
  const expects = `one of ${words.join(', ')}`;
  return Type.Enum([...words], description === undefined ? { expects } : { expects, description });
}

const TopicName = Type.String({
  pattern: '^(?!\\.{1,2}$)[a-zA-Z0-9._-]{1,249}$',
  description: 'The topic that the rows go to. It must exist.',
  expects: 'the name of a Kafka topic: 1 to 249 of a-z, A-Z, 0-9, ".", "_" and "-"',
});

const Texts = Type.Array(Type.String(), { expects: 'a list of texts' });

/** Types of columns: see docs/load.md for what each accepts. */
export const COLUMN_TYPES = [
  'string',
  'int16',
  'int32',
  'int64',
  'double',
  'decimal',
  'boolean',
  'bytes',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'json',
  'uuid',
  'any',
] as const;

/** The long form of a column. */
export const ColumnSchema = Type.Object(
  {
    type: word(COLUMN_TYPES, 'What the value is in the message.'),
    to: Type.Optional(
      Type.String({ minLength: 1, description: 'Name of the field. Default: that of the column.', expects: 'a name' }),
    ),
    as: Type.Optional(
      Type.String({ description: 'How the value is written, where there are several ways.', expects: 'a word' }),
    ),
    nulls: Type.Optional(
      word(['keep', 'refuse', 'omit'], 'What becomes of null: kept (default), the row refused, the field left out.'),
    ),
    missing: Type.Optional(word(['omit', 'refuse', 'null'], 'What becomes of a field that a document does not have.')),
    nullTexts: Type.Optional({ ...Texts, description: 'Texts that mean null.' }),
    trueTexts: Type.Optional({ ...Texts, description: 'Texts that mean true. Default: true.' }),
    falseTexts: Type.Optional({ ...Texts, description: 'Texts that mean false. Default: false.' }),
    trim: Type.Optional(Type.Boolean({ description: 'Take blanks at both ends away.', expects: 'true or false' })),
    lengthMax: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Longer texts are refused.', expects: 'a whole number, 1 or more' }),
    ),
    precision: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: 'Decimals with more digits are refused.',
        expects: 'a whole number from 1 to 1000',
      }),
    ),
    scale: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1000,
        description: 'Digits after the point; zeros are added.',
        expects: 'a whole number from 0 to 1000',
      }),
    ),
    lossy: Type.Optional(
      Type.Boolean({
        description: 'Round or cut digits that do not fit, instead of refusing the row.',
        expects: 'true or false',
      }),
    ),
    pattern: Type.Optional(
      Type.String({
        description: 'How a date or time is written: YYYY MM MON DD HH mm ss f Z. Default: ISO 8601.',
        expects: 'a pattern such as DD/MM/YYYY HH:mm:ss',
      }),
    ),
    zone: Type.Optional(
      Type.String({
        pattern: '^(Z|[+-]\\d\\d:\\d\\d)$',
        description: 'Zone of points in time whose text has none.',
        expects: 'Z or an offset such as +01:00',
      }),
    ),
    encoding: Type.Optional(
      word(['hex', 'base64', 'escaped-hex', 'utf-8'], 'How bytes are written in text; escaped-hex: \\x1f or 0x1f.'),
    ),
  },
  { ...CLOSED, expects: 'a type, omit, or an object with a type' },
);

const Columns = Type.Record(Type.String(), Type.Union([word([...COLUMN_TYPES, 'omit']), ColumnSchema]), {
  description: 'Columns by their name in the dump, in the order of the fields: a type, `omit`, or an object.',
  expects: 'columns by name: `id: int64`, `note: omit`, `amount: {type: decimal, scale: 2}`',
});

const Scalars = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]), {
  expects: 'names and single values',
});

const jsonStyle = Type.Optional(
  word(
    JSON_STYLES,
    'How characters beyond U+FFFF and doubles are written. Default: java of Debezium, otherwise plain.',
  ),
);
const TEMPLATE = { description: 'A template: JSON with placeholders such as "{{id}}".' };

/** The formats, by `type`. */
export const FORMAT_SCHEMAS = {
  db2: Type.Object({ type: Type.Literal('db2'), key: Type.Optional(word(['object', 'empty'])), jsonStyle }, CLOSED),
  'golden-gate': Type.Object(
    {
      type: Type.Literal('golden-gate'),
      opType: Type.Optional(word(['I', 'U'])),
      posStart: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 52, expects: 'a whole number, 0 or more' })),
      before: Type.Optional(word(['absent', 'null'])),
      jsonStyle,
    },
    CLOSED,
  ),
  debezium: Type.Object(
    {
      type: Type.Literal('debezium'),
      op: Type.Optional(word(['r', 'c'])),
      source: Type.Optional(Scalars),
      snapshot: Type.Optional(Type.String({ expects: 'a text such as "true"' })),
      transaction: Type.Optional(Type.Boolean({ expects: 'true or false' })),
      jsonStyle,
    },
    CLOSED,
  ),
  v2: Type.Object(
    {
      type: Type.Literal('v2'),
      op: Type.Optional(word(['r', 'c'])),
      source: Type.Optional(Scalars),
      empty: Type.Optional(word(['absent', 'null'])),
      jsonStyle,
    },
    CLOSED,
  ),
  custom: Type.Object(
    { type: Type.Literal('custom'), key: Type.Unknown(TEMPLATE), value: Type.Unknown(TEMPLATE), jsonStyle },
    CLOSED,
  ),
} as const;

const { db2, 'golden-gate': goldenGate, debezium, v2, custom } = FORMAT_SCHEMAS;
const Format = Type.Union([db2, goldenGate, debezium, v2, custom], {
  description: 'What messages look like.',
  expects: `an object with type: one of ${Object.keys(FORMAT_SCHEMAS).join(', ')}`,
});

const Table = Type.Object(
  {
    table: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'As the dump names it. Absent: whatever the dump holds.',
        expects: 'the name of a table',
      }),
    ),
    topic: TopicName,
    key: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Columns of the primary key, in order.',
        expects: 'a list of columns',
      }),
    ),
    format: Type.Optional(Format),
    columns: Columns,
    rest: Type.Optional(
      word(['refuse', 'omit', 'copy'], 'What becomes of columns that are not named. Default: the load is refused.'),
    ),
    partition: Type.Optional(
      Type.Union([word(['murmur2', 'crc32']), Type.Integer({ minimum: 0 })], {
        description:
          "By the key, as Kafka's Java producer (murmur2, default) or librdkafka (crc32) does; or always one.",
        expects: 'murmur2, crc32 or the number of a partition',
      }),
    ),
    headers: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'Headers of every record.',
        expects: 'names and texts',
      }),
    ),
  },
  { ...CLOSED, expects: 'an object with a topic and columns' },
);

const Input = Type.Object(
  {
    format: Type.Optional(
      word(['csv', 'jsonl', 'sql', 'bson', 'parquet'], 'Default: told by the name and the first bytes.'),
    ),
    csv: Type.Optional(
      Type.Object(
        {
          delimiter: Type.Optional(Type.String({ expects: 'one character' })),
          quote: Type.Optional(Type.String({ expects: 'one character, or "" for none' })),
          escape: Type.Optional(Type.String({ expects: 'one character' })),
          nullText: Type.Optional(
            Type.Union([Type.String(), Type.Literal(false)], {
              description: 'What an unquoted null looks like; false: nothing does.',
              expects: 'a text, or false',
            }),
          ),
          header: Type.Optional(Type.Boolean({ expects: 'true or false' })),
          columns: Type.Optional(
            Type.Array(Type.String({ minLength: 1 }), { minItems: 1, expects: 'a list of names' }),
          ),
          encoding: Type.Optional(word(TEXT_ENCODINGS)),
        },
        { ...CLOSED, expects: 'an object' },
      ),
    ),
  },
  { ...CLOSED, expects: 'an object' },
);

/** The mapping file. Checked against this, and then for what lies between its parts; docs/load.md has the JSON Schema. */
export const MappingSchema = Type.Object(
  {
    version: Type.Literal(1, { expects: '1' }),
    input: Type.Optional(Input),
    format: Type.Optional(Format),
    tables: Type.Array(Table, { minItems: 1, maxItems: 10_000, expects: 'a list of tables' }),
  },
  { ...CLOSED, expects: 'an object with version and tables' },
);

/** What the file holds once it fits the schema. */
export type MappingFile = Static<typeof MappingSchema>;
/** One column of it. */
export type ColumnFile = Static<typeof ColumnSchema>;
/** One table of it. */
export type TableFile = Static<typeof Table>;
