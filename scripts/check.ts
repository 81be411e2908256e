/** `npm run check`: what to run before every commit; under 20 seconds. */
import { resolve } from 'node:path';

import { runChecks } from './checks.ts';
import { runTestFiles } from './run-test-files.ts';
import { total } from './tally.ts';

const ROOT = resolve(import.meta.dirname, '..');
const TIDY_TIMEOUT_MS = 60_000;

const checks = await runChecks(ROOT);
const options = { root: ROOT, concurrency: 1, fileTimeoutMs: TIDY_TIMEOUT_MS, namePattern: undefined };
const sum = total([checks, await runTestFiles(['test/tidy.test.ts'], options)]);
process.stdout.write(`\n${sum.passed} passed, ${sum.failed} failed\n`);
process.exitCode = sum.failed === 0 ? 0 : 1;
