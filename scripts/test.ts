/** `npm test`: the checks, then the tests without services, then those on real ones, while slow downloads go on. */
import { resolve } from 'node:path';

import { isAppError } from '../src/core/errors.ts';
import { runChecks } from './checks.ts';
import { runTestFiles, type TestRunOptions } from './run-test-files.ts';
import { type Tally, total } from './tally.ts';
import { parseTestArguments, TEST_USAGE, type TestArguments } from './test-arguments.ts';
import { testFiles, type TestKind } from './test-files.ts';
import { prepareTestServices, startTestServices, stopTestServices, type TestServices } from './test-services.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** How many files at once, and how long one may take. */
const LIMITS: Readonly<Record<TestKind, Pick<TestRunOptions, 'concurrency' | 'fileTimeoutMs'>>> = {
  unit: { concurrency: 2, fileTimeoutMs: 3 * 60_000 },
  services: { concurrency: 2, fileTimeoutMs: 10 * 60_000 },
  acceptance: { concurrency: 2, fileTimeoutMs: 15 * 60_000 },
};

const TITLES: Readonly<Record<TestKind, string>> = {
  unit: 'Tests without services',
  services: 'Tests on real services',
  acceptance: 'Acceptance and crash tests',
};

/** Runs the phases that are wanted. Gives the tallies of the tests and, apart, of the checks. */
async function runPhases(wanted: TestArguments): Promise<{ readonly tests: Tally; readonly checks: Tally }> {
  const files = {
    unit: await wantedFiles('unit', wanted),
    services: await wantedFiles('services', wanted),
    acceptance: await wantedFiles('acceptance', wanted),
  };
  let preparation: Promise<void> | undefined;
  if (files.services.length + files.acceptance.length > 0) {
    preparation = prepareTestServices((line) => process.stdout.write(`  ${line}\n`));
    // Awaited below, before the services start; until then a failure must not end the process.
    preparation.catch(() => undefined);
  }
  const checks = wanted.phases.includes('checks') ? await timed('Checks', () => runChecks(ROOT)) : total([]);
  const tallies: Tally[] = [];
  let services: TestServices | undefined;
  try {
    for (const kind of ['unit', 'services', 'acceptance'] as const) {
      if (files[kind].length === 0) continue;
      if (kind !== 'unit' && services === undefined) {
        services = await timed('Starting Kafka and MinIO', async () => {
          await preparation;
          return startTestServices();
        });
      }
      const options = { root: ROOT, namePattern: wanted.namePattern, ...LIMITS[kind] };
      tallies.push(
        await timed(`${TITLES[kind]} (${files[kind].length} files)`, () => runTestFiles(files[kind], options)),
      );
    }
  } finally {
    if (services !== undefined) await stopTestServices(services);
  }
  return { tests: total(tallies), checks };
}

async function wantedFiles(kind: TestKind, wanted: TestArguments): Promise<string[]> {
  return wanted.phases.includes(kind) ? testFiles(ROOT, kind, wanted.filters) : [];
}

async function timed<T>(title: string, work: () => Promise<T>): Promise<T> {
  const startedAtMs = performance.now();
  process.stdout.write(`\n${title}\n`);
  try {
    return await work();
  } finally {
    process.stdout.write(`  ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s\n`);
  }
}

/** Runs what the arguments ask for and says how it went; gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const wanted = parseTestArguments(args);
  if (typeof wanted === 'string') {
    process.stderr.write(`${wanted}\n${TEST_USAGE}\n`);
    return 2;
  }
  try {
    const { tests, checks } = await runPhases(wanted);
    const sum = total([tests, checks]);
    process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed\n`);
    const onlyChecks = wanted.phases.every((phase) => phase === 'checks');
    if (tests.passed + tests.failed === 0 && !onlyChecks) {
      process.stderr.write('No test ran: no file or test has such a name.\n');
      return 1;
    }
    return sum.failed === 0 ? 0 : 1;
  } catch (error) {
    if (!isAppError(error, 'SETUP_FAILED')) throw error;
    process.stderr.write(`\nThe tests cannot run: ${error.message}\n${error.hint ?? ''}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
