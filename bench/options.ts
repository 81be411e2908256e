import { parseArgs } from 'node:util';

import { AppError } from '../src/core/errors.ts';
import { BENCH_ROWS, type BenchRow } from './rows.ts';

/** What `npm run bench` was asked for. */
export interface BenchOptions {
  readonly rows: readonly BenchRow[];
  /** Pairs that count. */
  readonly runs: number;
  /** Where the results also go, as a JSON array of rows. */
  readonly jsonPath: string | undefined;
  /** Results are kept in `bench/results`: all rows were measured with the usual number of records. */
  readonly keep: boolean;
}

export const USAGE = `npm run bench -- [--only ID,...] [--runs N] [--records N] [--json FILE]

  --only ID,...   only these rows: ${BENCH_ROWS.map(({ id }) => id).join(', ')}
  --runs N        pairs of runs that count (default 5)
  --records N     records of a run, instead of each row's own number: for quick tries, whose results are not kept
  --json FILE     also write the rows there, as JSON
`;

/** @throws USAGE naming what cannot be understood. */
export function parseBenchOptions(args: readonly string[]): BenchOptions | 'help' {
  const { only, runs, records, json, help } = parseFlags(args);
  if (help === true) return 'help';
  const ids = only?.split(',').map((id) => id.trim());
  const unknown = ids?.find((id) => !BENCH_ROWS.some((row) => row.id === id));
  if (unknown !== undefined) throw usage(`there is no benchmark "${unknown}"`);
  const count = records === undefined ? undefined : wholeNumber('--records', records, 10_000);
  const rows = BENCH_ROWS.filter(({ id }) => ids?.includes(id) ?? true);
  return {
    rows: count === undefined ? rows : rows.map((row) => ({ ...row, records: count })),
    runs: runs === undefined ? 5 : wholeNumber('--runs', runs, 1),
    jsonPath: json,
    keep: count === undefined && ids === undefined,
  };
}

function parseFlags(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const options = { only: text, runs: text, records: text, json: text, help: { type: 'boolean', short: 'h' } } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(flag: string, given: string, min: number): number {
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw usage(`${flag} must be a whole number from ${min}, not "${given}"`);
}

function usage(message: string): AppError {
  return new AppError('USAGE', message, { hint: USAGE });
}
