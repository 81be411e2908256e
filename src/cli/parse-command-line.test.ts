import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optional, withDefault } from '../core/config/option.ts';
import { boolean, integer, text } from '../core/config/option-types.ts';
import { parseCommandLine } from './parse-command-line.ts';

const TABLES = [
  {
    fromOffset: optional(text, { doc: '' }),
    limit: optional(integer(0, 10), { doc: '', flags: ['n'] }),
    segments: withDefault(boolean, false, { doc: '' }),
  },
  { 'bucket.url': optional(text, { doc: '', flags: ['bucket'] }) },
];

const POSITIONALS = [
  { name: 'folder', doc: 'the folder', required: true },
  { name: 'other', doc: 'another', required: false },
];

function parse(...args: string[]) {
  const { flags, positionals } = parseCommandLine(args, {
    command: 'archive cat',
    tables: TABLES,
    positionals: POSITIONALS,
  });
  return { flags: Object.fromEntries(flags), positionals };
}

test('values after a blank or an equals sign, switches, and words in between', () => {
  assert.deepEqual(parse('--from-offset', '17', 'orders', '--bucket.url=s3://a=b', '--segments', 'second'), {
    flags: { fromOffset: '17', 'bucket.url': 's3://a=b', segments: 'true' },
    positionals: { folder: 'orders', other: 'second' },
  });
});

test('other ways to write the same', () => {
  assert.deepEqual(parse('orders', '--fromOffset', '1', '--bucket', 'x', '-n', '5').flags, {
    fromOffset: '1',
    'bucket.url': 'x',
    limit: '5',
  });
  assert.deepEqual(parse('orders', '--no-segments').flags, { segments: 'false' });
  assert.deepEqual(parse('orders', '--segments=false').flags, { segments: 'false' });
});

test('a value may look like a flag or a number, and -- ends the flags', () => {
  assert.deepEqual(parse('orders', '--from-offset', '--segments').flags, { fromOffset: '--segments' });
  assert.deepEqual(parse('orders', '--limit', '-5').flags, { limit: '-5' });
  assert.deepEqual(parse('--', '--orders').positionals, { folder: '--orders', other: undefined });
});

test('mistakes are USAGE errors that say what to do', () => {
  const cases: [string[], RegExp][] = [
    [['orders', '--from-offse', '1'], /no option --from-offse; did you mean --from-offset\?/],
    [['orders', '--limit'], /--limit needs a value/],
    [['orders', '--limit', '1', '--limit', '2'], /--limit is given twice/],
    [['orders', '-n', '1', '--limit', '2'], /--limit is given twice/],
    [[], /<folder> is missing: the folder/],
    [['a', 'b', 'c'], /"c" is one word too many/],
    [['orders', '-x'], /no option -x/],
  ];
  for (const [args, message] of cases) {
    assert.throws(
      () => parse(...args),
      (error: { code: string; message: string; hint: string }) => {
        assert.equal(error.code, 'USAGE');
        assert.match(error.message, message);
        assert.equal(error.hint, 'See `bss archive cat --help`.');
        return true;
      },
    );
  }
});
