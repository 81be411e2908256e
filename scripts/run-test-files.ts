import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { inspect } from 'node:util';

import { NO_TESTS, type Tally, total } from './tally.ts';

export interface TestRunOptions {
  readonly root: string;
  /** How many files run at the same time, each in a process of its own. */
  readonly concurrency: number;
  /** A file that takes longer is killed and counts as failed, also when its tests are over and something keeps it up. */
  readonly fileTimeoutMs: number;
  /** Only tests with such a name. */
  readonly namePattern: string | undefined;
}

interface FileReport {
  readonly tally: Tally;
  readonly failures: readonly string[];
  /** What its tests said with `t.diagnostic`. */
  readonly notes: readonly string[];
  readonly output: string;
}

/**
 * Runs test files with Node's test runner. Prints a line for each file when it has ended, what its tests noted with
 * `t.diagnostic`, and for a file that failed the failures and everything that it printed.
 */
export async function runTestFiles(files: readonly string[], options: TestRunOptions): Promise<Tally> {
  const waiting = [...files];
  const tallies: Tally[] = [];
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const startedAtMs = performance.now();
      const report = await runFile(file, options);
      print(file, report, performance.now() - startedAtMs);
      tallies.push(report.tally);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  return total(tallies);
}

async function runFile(file: string, options: TestRunOptions): Promise<FileReport> {
  const failures: string[] = [];
  const notes: string[] = [];
  let output = '';
  let tally = NO_TESTS;
  const timeout = AbortSignal.timeout(options.fileTimeoutMs);
  const stream = run({
    files: [join(options.root, file)],
    cwd: options.root,
    signal: timeout,
    ...(options.namePattern === undefined ? {} : { testNamePatterns: options.namePattern }),
  });
  stream.on('test:fail', ({ name, details }) => failures.push(describeFailure(name, details.error)));
  stream.on('test:diagnostic', ({ file: source, message }) => {
    // Those without a file are the runner's own.
    if (source !== undefined) notes.push(message);
  });
  for (const name of ['test:stdout', 'test:stderr'] as const) {
    stream.on(name, ({ message }) => {
      output += message;
    });
  }
  stream.on('test:summary', ({ file: source, counts }) => {
    const { tests, passed, skipped, todo } = counts;
    if (source === undefined) tally = { passed, failed: tests - passed - skipped - todo };
  });
  stream.resume();
  await finished(stream);
  if (timeout.aborted) failures.push(`the file did not end within ${options.fileTimeoutMs / 1000} s and was killed`);
  // A process that ends in another way than by its tests may leave counts that look well.
  if (failures.length > 0 && tally.failed === 0) tally = { passed: tally.passed, failed: 1 };
  return { tally, failures, notes, output };
}

function describeFailure(name: string, error: Error): string {
  const cause = error.cause ?? error;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
  return `${name}\n${text.replaceAll(/^ +at .*\(?node:internal\/.*\n?/gm, '').trimEnd()}`;
}

function print(file: string, report: FileReport, durationMs: number): void {
  const failed = report.failures.length > 0;
  const { tally } = report;
  const counts = `${tally.passed} of ${tally.passed + tally.failed}, ${(durationMs / 1000).toFixed(1)} s`;
  const lines = [`  ${failed ? 'FAILED' : 'ok    '}  ${file} (${counts})`];
  lines.push(...report.notes.map((note) => `            ${note}`));
  if (failed) {
    lines.push(...report.failures.map(indented));
    if (report.output.trim() !== '') lines.push(indented(`it printed:\n${report.output.trimEnd()}`));
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '      ');
}
