import { relative } from 'node:path';
import { run } from 'node:test';
import { inspect } from 'node:util';

import type { Tally } from './tally.ts';

/** A file that takes longer is killed and counts as failed. */
const FILE_TIMEOUT_MS = 15 * 60_000;

export interface TestRunOptions {
  readonly root: string;
  /** How many files run at the same time, each in a process of its own. */
  readonly concurrency: number;
  /** Only tests with such a name. */
  readonly namePattern: string | undefined;
}

interface FileReport {
  readonly failures: string[];
  readonly notes: string[];
  output: string;
}

/**
 * Runs test files with Node's test runner. Prints one line for each file when it has ended, what its tests noted with
 * `t.diagnostic`, and for a file that failed the failures and everything that it printed.
 */
export async function runTestFiles(files: readonly string[], options: TestRunOptions): Promise<Tally> {
  const reports = new Map<string, FileReport>();
  const tally = { passed: 0, failed: 0 };
  const reportOf = (file: string | undefined): FileReport => {
    const key = file ?? '';
    const known = reports.get(key);
    if (known !== undefined) return known;
    const report: FileReport = { failures: [], notes: [], output: '' };
    reports.set(key, report);
    return report;
  };
  const stream = run({
    files: files.map((file) => `${options.root}/${file}`),
    cwd: options.root,
    concurrency: options.concurrency,
    timeout: FILE_TIMEOUT_MS,
    ...(options.namePattern === undefined ? {} : { testNamePatterns: options.namePattern }),
  });
  for await (const event of stream) {
    // Their order is that of the files, not of time; what a file printed may come before or after its tests.
    switch (event.type) {
      case 'test:fail': {
        reportOf(event.data.file).failures.push(describeFailure(event.data.name, event.data.details.error));
        break;
      }
      case 'test:diagnostic': {
        if (event.data.file !== undefined && event.data.nesting > 0) reportOf(event.data.file).notes.push(event.data.message);
        break;
      }
      case 'test:stdout':
      case 'test:stderr': {
        reportOf(event.data.file).output += event.data.message;
        break;
      }
      case 'test:summary': {
        const { file, counts, duration_ms: durationMs } = event.data;
        if (file === undefined) {
          tally.passed += counts.passed;
          tally.failed += counts.tests - counts.passed - counts.skipped - counts.todo;
          break;
        }
        const name = relative(options.root, file);
        printFile(name, counts.tests, counts.passed, durationMs, reportOf(file));
        break;
      }
      default:
    }
  }
  return tally;
}

function describeFailure(name: string, error: Error): string {
  const cause = error.cause ?? error;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
  return `${name}\n${text}`;
}

function printFile(name: string, tests: number, passed: number, durationMs: number, report: FileReport): void {
  const failed = report.failures.length > 0;
  const lines = [`  ${failed ? 'FAILED' : 'ok    '}  ${name} (${passed} of ${tests}, ${(durationMs / 1000).toFixed(1)} s)`];
  lines.push(...report.notes.map((note) => `            ${note}`));
  if (failed) {
    lines.push(...report.failures.map((failure) => indent(failure)));
    if (report.output.trim() !== '') lines.push(indent(`it printed:\n${report.output.trimEnd()}`));
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
}
