import { spawn } from 'node:child_process';
import { join } from 'node:path';

import type { Tally } from './tally.ts';

interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

/** What a machine can say about the source without running it. */
const CHECKS: readonly Check[] = [
  { name: 'types', args: ['tsc', '--project', '.'] },
  { name: 'lint', args: ['oxlint', '--format', 'stylish'] },
  { name: 'format', args: ['oxfmt', '--check'] },
];

/** Runs the checks one after the other, prints a line for each, and all that one prints that fails. */
export async function runChecks(root: string): Promise<Tally> {
  const tally = { passed: 0, failed: 0 };
  for (const check of CHECKS) {
    const startedAtMs = performance.now();
    const { passed, output } = await run(root, check);
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    process.stdout.write(
      `  ${passed ? 'ok    ' : 'FAILED'}  ${check.name} (${seconds} s)\n${passed ? '' : `${output}\n`}`,
    );
    tally[passed ? 'passed' : 'failed'] += 1;
  }
  return tally;
}

async function run(root: string, check: Check): Promise<{ passed: boolean; output: string }> {
  const [tool = '', ...args] = check.args;
  const child = spawn(join(root, 'node_modules', '.bin', tool), args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ passed: false, output: error.message }));
    child.once('close', (code) => resolve({ passed: code === 0, output }));
  });
}
