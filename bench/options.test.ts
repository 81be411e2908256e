import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isAppError } from '../src/core/errors.ts';
import { parseBenchOptions } from './options.ts';
import { BENCH_ROWS } from './rows.ts';

test('without options everything is measured five times, and kept', () => {
  assert.deepEqual(parseBenchOptions([]), { rows: BENCH_ROWS, runs: 5, jsonPath: undefined, keep: true });
});

test('rows, runs, records and the JSON file can be chosen', () => {
  const options = parseBenchOptions([
    '--only',
    'storer-1kb,reloader-100b',
    '--json',
    'x.json',
    '--runs',
    '7',
    '--records',
    '20000',
  ]);
  assert.ok(options !== 'help');
  assert.deepEqual(
    options.rows.map(({ id, records }) => [id, records]),
    [
      ['storer-1kb', 20_000],
      ['reloader-100b', 20_000],
    ],
  );
  assert.deepEqual([options.runs, options.jsonPath, options.keep], [7, 'x.json', false]);
});

for (const args of [
  ['--only', 'storer'],
  ['--runs', '0'],
  ['--runs', 'many'],
  ['--records', '9'],
  ['--fast'],
  ['storer-1kb'],
]) {
  test(`${args.join(' ')} is refused`, () => {
    assert.throws(
      () => parseBenchOptions(args),
      (error) => isAppError(error, 'USAGE'),
    );
  });
}
