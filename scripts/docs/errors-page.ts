import { ERROR_CODES, type ErrorDescription } from '../../src/core/errors.ts';
import { code, markdownTable } from './markdown-table.ts';

/** docs/errors.md. */
export function errorsPage(): string {
  const table: Readonly<Record<string, ErrorDescription>> = ERROR_CODES;
  const rows = Object.entries(table)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { retryable, summary, remedy }]) => [code(name), summary, retryable ? 'yes' : 'no', remedy]);
  return [
    '# Errors',
    '',
    'Generated from `src/core/errors.ts` by `npm run docs`.',
    '',
    'A code is stable: it stands in messages, logs, metrics and answers of the API, keeps its meaning, and is never used again for something else.',
    'Whatever says that it passes is tried again, within bounds, before it is reported; what does not say so stops what it happened to.',
    'The message and the hint of an error itself name the topic, object or option, and are more exact than this page.',
    '',
    markdownTable(['Code', 'Meaning', 'May pass', 'Remedy'], rows),
  ].join('\n');
}
