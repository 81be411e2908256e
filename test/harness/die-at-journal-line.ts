/**
 * Loaded before `bss deploy apply` (`node --import`): waits for a line of standard input, which says where to die, and lets
 * the program go. It kills itself then, as `kill -9` would, at a line of its journal: when it is about to be written, or some
 * time after it was. What the program consists of is loaded before, so that one can be made ready while another one works.
 */
import { createInterface } from 'node:readline';
import { keepCompiledCode } from '../../src/core/config/process-environment.ts';
import type { Death } from './apply-with-deaths.ts';

keepCompiledCode();
await import('../../src/cli/deploy-apply-command.ts');
const { JournalFile } = await import('../../src/deploy/journal/journal-file.ts');

/** Nobody needs this one. */
function leave(): never {
  process.exit();
}

const death = await new Promise<Death | null>((resolve) => {
  const input = createInterface({ input: process.stdin });
  input.once('close', leave);
  input.once('line', (line) => {
    input.off('close', leave);
    input.close();
    // Written by `apply-with-deaths.ts`.
    resolve(JSON.parse(line) as Death | null);
  });
});

const { prototype } = JournalFile;
const append: (this: unknown, line: string) => Promise<void> = Reflect.get(prototype, 'append');

prototype.append = async function (line) {
  const isIt = death !== null && isLineOf(death, line);
  if (isIt && death.afterMs === undefined) die();
  await append.call(this, line);
  if (isIt && death.afterMs !== undefined) setTimeout(die, death.afterMs);
};

function isLineOf(wanted: Death, line: string): boolean {
  const { type, step, key } = JSON.parse(line) as Partial<Death>;
  return type === wanted.type && step === wanted.step && (wanted.key === undefined || key === wanted.key);
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
