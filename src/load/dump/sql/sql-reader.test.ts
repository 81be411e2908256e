import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../../../core/errors.ts';
import type { RowValue } from '../../row/row.ts';
import { SqlReader } from './sql-reader.ts';

interface Read {
  readonly table: string;
  readonly names: readonly string[];
  readonly rows: readonly unknown[];
}

/** Everything in a dump that comes in pieces of so many bytes. Bad rows are `line: reason`. */
function read(dump: string | Uint8Array, size = 64): Read[] {
  const reader = new SqlReader({ name: 'dump.sql' });
  const bytes = Buffer.from(dump);
  const found: { table: string; names: string[]; rows: unknown[] }[] = [];
  const push = (piece: string, isLast: boolean): void => {
    for (const { table, columns, rows } of reader.push(piece, isLast)) {
      const names = columns.map(({ name }) => name);
      const values = rows.map((row) => ('values' in row ? row.values : `${row.line}: ${row.bad}`));
      const last = found.at(-1);
      if (last?.table === table && last.names.join() === names.join()) last.rows.push(...values);
      else found.push({ table, names, rows: [...values] });
    }
  };
  for (let at = 0; at < bytes.length; at += size) push(bytes.toString('latin1', at, at + size), false);
  push('', true);
  return found;
}

function refusal(dump: string | Uint8Array): string {
  try {
    read(dump);
  } catch (error) {
    assert.ok(isAppError(error, 'LOAD_INPUT_UNREADABLE'), String(error));
    return `${error.message} ${error.hint ?? ''}`;
  }
  return assert.fail('it was read');
}

function insert(literal: string): string {
  return `INSERT INTO t VALUES (${literal});\n`;
}

/** The only value of a dump. */
function valueIn(dump: string): unknown {
  return (read(dump)[0]?.rows[0] as readonly unknown[] | undefined)?.[0];
}

/** A dump whose text is the byte 0xe9. */
function dumpIn(encoding: string): Buffer {
  return Buffer.from(`SET client_encoding = '${encoding}';\nCOPY t (a) FROM stdin;\n\xe9\n\\.\n`, 'latin1');
}

const pieceSize = fc.integer({ min: 1, max: 40 });
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.includes('\0')),
  fc.string({
    unit: fc.constantFrom('\\', "'", '"', '\t', '\n', '\r', 'N', 'x', '0', '7', ';', '(', ',', '.', '-'),
    maxLength: 8,
  }),
);

test('whatever COPY can hold comes back, at every size of the pieces', () => {
  const letters: Readonly<Record<string, string>> = {
    '\\': '\\\\',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
  };
  // As PostgreSQL writes it, and as it would also read it: by octal or hexadecimal digits.
  const write = (text: string | null, style: number): string => {
    if (text === null) return '\\N';
    if (style === 0) return text.replace(/[\\\b\f\n\r\t\v]/g, (character) => letters[character] ?? '');
    const digits =
      style === 1
        ? (byte: number) => `\\${byte.toString(8).padStart(3, '0')}`
        : (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`;
    return Array.from(Buffer.from(text), digits).join('');
  };
  const field = fc.tuple(fc.option(anyText), fc.constantFrom(0, 0, 0, 1, 2));
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field), { maxLength: 5 }), pieceSize, (rows, size) => {
      const lines = rows.map((row) => `${row.map(([text, style]) => write(text, style)).join('\t')}\n`);
      const dump = `COPY public.t (a, "b c") FROM stdin;\n${lines.join('')}\\.\n\nSELECT 1;\n`;
      const expected = rows.map((row) => row.map(([text]) => text));
      const found = read(dump, size);
      assert.deepEqual(
        found.flatMap((part) => part.rows),
        expected,
      );
      for (const { table, names } of found) assert.deepEqual([table, names], ['public.t', ['a', 'b c']]);
    }),
  );
});

type Written = readonly [value: RowValue, literal: string];

const numbers: fc.Arbitrary<Written> = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map((value): Written => [value, String(value)]),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.stringMatching(/^[0-9]{1,20}$/))
    .map(([whole, fraction]): Written => {
      const text = `${whole}.${fraction}`;
      return [{ kind: 'decimal', text }, text];
    }),
  fc.constantFrom<Written>(
    [{ kind: 'decimal', text: '1.5e+300' }, '1.5e+300'],
    [{ kind: 'decimal', text: '1e-30' }, '1e-30'],
    [{ kind: 'decimal', text: '0.5' }, '.5'],
    [null, 'NULL'],
    [null, 'null'],
    [true, 'true'],
    [false, 'FALSE'],
  ),
);

function octal(byte: number): string {
  return `\\${byte.toString(8).padStart(3, '0')}`;
}

function octals(character: string): string {
  return Array.from(Buffer.from(character), octal).join('');
}

/** Rows of `written`, as literals of statements with `perStatement` rows each. */
function insertsOf(rows: readonly (readonly Written[])[], perStatement: number, blank: string): string {
  const statements: string[] = [];
  for (let at = 0; at < rows.length; at += perStatement) {
    const tuples = rows
      .slice(at, at + perStatement)
      .map((row) => `(${row.map(([, literal]) => literal).join(`,${blank}`)})`);
    statements.push(`INSERT INTO t VALUES${blank}${tuples.join(`,${blank}`)};\n`);
  }
  return statements.join('');
}

function insertsComeBack(written: fc.Arbitrary<Written>, before: string, after: string): void {
  const rows = fc.array(fc.tuple(written, written, written), { maxLength: 6 });
  const style = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom('', ' ', '\n\t'), pieceSize);
  fc.assert(
    fc.property(rows, style, (given, [perStatement, blank, size]) => {
      const found = read(before + insertsOf(given, perStatement, blank) + after, size);
      assert.deepEqual(
        found.flatMap((part) => part.rows),
        given.map((row) => row.map(([value]) => value)),
      );
    }),
  );
}

test('whatever INSERT of PostgreSQL can hold comes back, at every size of the pieces', () => {
  const texts = anyText.map((text): Written => [text, `'${text.replaceAll("'", "''")}'`]);
  const escaped = anyText.map((text): Written => {
    const marked = text.replace(/[\\'\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
    return [text, `E'${marked.replace(/[\u{80}-\u{10ffff}]/gu, octals)}'`];
  });
  const bits = fc.stringMatching(/^[01]{0,9}$/).map((text): Written => [text, `B'${text}'`]);
  insertsComeBack(fc.oneof(texts, escaped, numbers, bits), 'SET standard_conforming_strings = on;\n', 'SELECT 1;\n');
});

/** As mysql_real_escape_string does. */
function mysqlLiteral(text: string): string {
  const letters: Readonly<Record<string, string>> = { '\0': '0', '\n': 'n', '\r': 'r', '\u001a': 'Z' };
  // eslint-disable-next-line no-control-regex
  return `'${text.replace(/[\0\n\r\\'"\u001a]/g, (character) => `\\${letters[character] ?? character}`)}'`;
}

test('whatever INSERT of MySQL can hold comes back, at every size of the pieces', () => {
  const bytes = fc.uint8Array({ maxLength: 8 }).map((value) => Buffer.from(value));
  const texts = anyText.map((text): Written => [text, mysqlLiteral(text)]);
  const hex = bytes.filter((value) => value.length > 0).map((value): Written => [value, `0x${value.toString('hex')}`]);
  const binary = bytes.map((value): Written => [value, `_binary ${mysqlLiteral(value.toString('latin1'))}`]);
  const before = '/*!40101 SET NAMES utf8mb4 */;\n';
  insertsComeBack(fc.oneof(texts, hex, numbers), before, '');
  // Bytes written raw are not UTF-8: the dump is made of bytes, not of text.
  fc.assert(
    fc.property(fc.array(binary, { minLength: 1, maxLength: 4 }), pieceSize, (row, size) => {
      const found = read(Buffer.from(before + insertsOf([row], 1, ''), 'latin1'), size);
      assert.deepEqual(
        found.flatMap((part) => part.rows),
        [row.map(([value]) => value)],
      );
    }),
  );
});

test('backslashes mean themselves where the dump says so', () => {
  assert.equal(
    valueIn(`SET standard_conforming_strings = on;\n${insert(String.raw`'a\nb\'`)}`),
    String.raw`a\nb` + '\\',
  );
  assert.equal(valueIn(`SET standard_conforming_strings = off;\n${insert(String.raw`'a\nb'`)}`), 'a\nb');
  assert.equal(valueIn(`SET NAMES utf8mb4;\n${insert(String.raw`'a\nb\%\q\\'`)}`), String.raw`a` + '\nb\\%q\\');
  assert.equal(valueIn(`SET SQL_MODE='ANSI,NO_BACKSLASH_ESCAPES';\n${insert(String.raw`'a\nb'`)}`), String.raw`a\nb`);
  assert.match(refusal(`\n${insert(String.raw`'a\nb'`)}`), /line 2: nothing tells whether.*SET NAMES utf8mb4/);
});

test('definitions of tables give names, types and keys', () => {
  const reader = new SqlReader({ name: 'dump.sql' });
  const [rows] = reader.push(
    `SET NAMES utf8mb4; CREATE TABLE IF NOT EXISTS \`a\`\`b\` (
      -- a comment
      \`id\` bigint(20) unsigned NOT NULL AUTO_INCREMENT, \`x,y\` enum('a','b)') DEFAULT 'it\\'s', /*!50100 \`z\` varchar(5) CHARACTER SET latin1, */
      \`g\` int GENERATED ALWAYS AS (\`id\` * 2) VIRTUAL, KEY \`k\` (\`z\`(10)), PRIMARY KEY USING BTREE (\`z\`(3) DESC, \`id\`), CONSTRAINT c CHECK (1 > (0))
    ) COMMENT='\`;'; INSERT INTO \`a\`\`b\` VALUES (1,'a','z',DEFAULT);`,
    true,
  );
  assert.deepEqual(rows?.table, 'a`b');
  assert.deepEqual(rows?.columns, [
    { name: 'id', type: 'bigint(20) unsigned', nullable: false, keyOrdinal: 1 },
    { name: 'x,y', type: "enum('a','b)')", nullable: true },
    { name: 'z', type: 'varchar(5)', nullable: true, keyOrdinal: 0 },
    { name: 'g', type: 'int', nullable: true },
  ]);
  assert.deepEqual(rows?.rows, [{ line: 5, values: [1n, 'a', 'z', undefined] }]);
});

test('names of columns that are words elsewhere, and keys that come later', () => {
  const reader = new SqlReader({ name: 'dump.sql' });
  const [rows] = reader.push(
    `SET standard_conforming_strings = on; CREATE UNLOGGED TABLE public.T (key text, index int PRIMARY KEY, "Period" timestamp (3)  with
    time zone NOT NULL, exclude character varying(3) COLLATE "C", EXCLUDE USING gist (key WITH =));
    ALTER TABLE ONLY public.t ADD CONSTRAINT x PRIMARY KEY ("Period", key);
    COPY public.t FROM stdin;\n1\t2\t3\t4\n\\.\n`,
    true,
  );
  assert.deepEqual(rows?.columns, [
    { name: 'key', type: 'text', nullable: true, keyOrdinal: 1 },
    { name: 'index', type: 'int', nullable: true },
    { name: 'Period', type: 'timestamp (3) with time zone', nullable: false, keyOrdinal: 0 },
    { name: 'exclude', type: 'character varying(3)', nullable: true },
  ]);
});

test('what is in functions, triggers, comments and texts is not taken for data', () => {
  const dump = `/*M!999999\\- enable the sandbox mode */
-- INSERT INTO t VALUES (1);
# ; INSERT
CREATE TABLE \`t\` (\`a\` int);
# it's a comment; INSERT INTO t VALUES (1);
/* INSERT INTO t VALUES (1); */
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=\`root\`@\`localhost\`*/ /*!50003 TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN
INSERT INTO t VALUES (1); SET @a = ';;'; END */;;
DELIMITER ;
INSERT INTO \`t\` VALUES (2);`.replace('# ; INSERT\n', '');
  assert.deepEqual(read(dump), [{ table: 't', names: ['a'], rows: [[2n]] }]);
  const postgres = `SET standard_conforming_strings = on;
CREATE FUNCTION a() RETURNS void LANGUAGE plpgsql AS $x$ BEGIN INSERT INTO t VALUES (1); $$;$$ END; $x$;
CREATE FUNCTION b() RETURNS void LANGUAGE sql
    BEGIN ATOMIC
 INSERT INTO t VALUES (1);
 SELECT CASE WHEN true THEN 1 END;
END;
COMMENT ON TABLE t IS 'x;
COPY t FROM stdin;';
\\connect shop
SELECT a$b$ FROM "x;y";
INSERT INTO t VALUES (2) ON CONFLICT DO NOTHING;
`;
  assert.deepEqual(read(postgres), [{ table: 't', names: ['column1'], rows: [[2n]] }]);
});

test('a row that cannot be read does not spoil the next', () => {
  const dump = `SET standard_conforming_strings = on;
INSERT INTO t (a, b) VALUES (1, 'x'), (2), (3, now()), (4,
'a)(''' || 'b'), (DEFAULT, 1), (5, 'y');
COPY t (a, b) FROM stdin;
1
\\303\\050\tx
2\tz
\\.
`;
  const [inserted] = read(dump);
  assert.deepEqual(inserted?.rows.slice(0, 7), [
    [1n, 'x'],
    '2: 1 values where 2 are expected',
    '2: "now" is not a value',
    '2: value 2 is not a single value, but an expression',
    '3: "DEFAULT" is not a value',
    [5n, 'y'],
    '5: 1 values where 2 are expected',
  ]);
  assert.deepEqual(inserted?.rows.slice(7), ['6: it is not in the encoding of the dump', ['2', 'z']]);
});

test('encodings that are said are decoded, others refused', () => {
  assert.deepEqual(read(dumpIn('LATIN1'))[0]?.rows, [['é']]);
  assert.deepEqual(read(dumpIn('WIN1251'))[0]?.rows, [['й']]);
  assert.deepEqual(read(dumpIn('UTF8'))[0]?.rows, ['3: it is not in the encoding of the dump']);
  assert.match(refusal(dumpIn('MULE_INTERNAL')), /line 1: the encoding MULE_INTERNAL is not known/);
  assert.match(refusal(Buffer.from('\ufeffSELECT 1;', 'utf16le')), /UTF-16.*pg_dump -f/);
  assert.deepEqual(read('\ufeffCOPY t (a) FROM stdin;\nx\n\\.\n')[0]?.rows, [['x']]);
});

test('databases of mysqldump go before the names of tables', () => {
  const dump =
    'USE `shop`;\nCREATE TABLE `t` (`a` int, PRIMARY KEY (`a`));\nINSERT INTO `t` VALUES (1);\nUSE other;\nINSERT INTO `t` VALUES (2),(3);\nINSERT INTO `x`.`t` VALUES (4);';
  assert.deepEqual(read(dump), [
    { table: 'shop.t', names: ['a'], rows: [[1n]] },
    { table: 'other.t', names: ['column1'], rows: [[2n], [3n]] },
    { table: 'x.t', names: ['column1'], rows: [[4n]] },
  ]);
});

test('old COPY: backslashes before line breaks and tabs, returns at the ends of lines', () => {
  assert.deepEqual(read('COPY t (a, b) FROM stdin;\r\nx\\\ny\tz\\\tw\r\n\\.\r\nSELECT 1;\r\n')[0]?.rows, [
    ['x\ny', 'z\tw'],
  ]);
});

test('what would change rows or cannot be followed is refused with its line', () => {
  for (const [dump, expected] of [
    ['\nUPDATE t SET a = 1;', /line 2: "UPDATE t SET a = 1" changes rows/],
    ['DELETE FROM t;', /line 1: "DELETE FROM t" changes rows/],
    ["\n\nLOAD DATA INFILE 'x' INTO TABLE t;", /line 3: .*brings rows from elsewhere/],
    ['\\i other.sql\n', /line 1: "\\i other\.sql" brings rows/],
    ["\\copy t from 'x'\n", /brings rows from elsewhere/],
    ["SELECT 1;\nCOPY t FROM '/tmp/x';", /line 2: COPY can only be read/],
    ['COPY t FROM stdin WITH (FORMAT csv);\n1\n\\.\n', /line 1: COPY can only be read/],
    ['INSERT INTO t SELECT 1;', /line 1: INSERT can only be read/],
    [
      'INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2;',
      /line 1: after the rows of an INSERT stands "ON CONFLICT/,
    ],
    ['INSERT INTO t VALUES (1), ;', /line 1: a row is missing/],
  ] as const) {
    assert.match(refusal(dump), expected);
  }
  assert.deepEqual(read('UPDATE pg_catalog.pg_database SET datistemplate = false;'), []);
});

test('an end that comes too early is never taken for the end', () => {
  const dumps = [
    '-- PostgreSQL database dump\nSET standard_conforming_strings = on;\nCREATE TABLE t (a int);\nCOPY t (a) FROM stdin;\n1\n22\n\\.\n-- PostgreSQL database dump complete',
    "-- MySQL dump 10.13  Distrib 8.0\n/*!40101 SET NAMES utf8 */;\nINSERT INTO `t` VALUES (1,'a\\'b'),(2,'x');\n/*!40000 ALTER TABLE `t` ENABLE KEYS */;\n-- Dump completed",
  ];
  for (const dump of dumps) {
    read(dump);
    // Before the first line is whole, nothing says that there is to be an end.
    for (let cut = dump.indexOf('\n') + 1; cut < dump.length; cut++) {
      assert.match(
        refusal(dump.slice(0, cut)),
        /it ends within|it does not end with|can only be read as|another dump begins/,
        dump.slice(0, cut),
      );
    }
  }
  assert.match(refusal(`${dumps[0]?.slice(0, -12)}\n${dumps[1]}`), /another dump begins before/);
});

test('a row of many megabytes is read in time', () => {
  const long = 'x'.repeat(8_000_000);
  const dump = `/*!40101 SET NAMES utf8 */;\nINSERT INTO t VALUES (1,'${long}\\''),(2,'y');`;
  const [found] = read(dump, 65_536);
  assert.deepEqual(found?.rows, [
    [1n, `${long}'`],
    [2n, 'y'],
  ]);
});
