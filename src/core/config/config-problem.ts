import { AppError } from '../errors.ts';

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** Where, as the user wrote it: `bss.yaml:4 kafka.brokers`, `BSS_HTTP_PORT`, `--http.port`. */
  readonly where: string;
  /** What is wrong: "must be ...", "is required ...". */
  readonly problem: string;
}

const HINT = 'See docs/configuration.md, or `bss config check` for all values and where they come from.';

/** All problems as one CONFIG_INVALID error, so that nobody has to find them one by one. */
export function configError(
  problems: readonly ConfigProblem[],
  { what = 'the configuration', hint = HINT }: { readonly what?: string; readonly hint?: string } = {},
): AppError {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const lines = problems.map(({ where, problem }) => `\n  - ${where}: ${problem}`);
  return new AppError('CONFIG_INVALID', `${what} has ${count}:${lines.join('')}`, {
    subject: problems[0]?.where,
    hint,
  });
}

/** A value as it may be quoted in a message: cut, on one line, and never a secret. */
export function quoted(value: unknown, secret: boolean): string {
  if (secret) return '(secret)';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replace(/\s+/g, ' ');
  return `"${line.length > 60 ? `${line.slice(0, 57)}...` : line}"`;
}
