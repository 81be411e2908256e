import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { until } from '../../src/demo/services/until.ts';
import { TerminalScreen } from './terminal-screen.ts';

const BSS = resolve(import.meta.dirname, '../../bin/bss.mjs');
const COLUMNS = 80;
const ROWS = 50;
const DEADLINE_MS = 30_000;

/** What the keys of a keyboard send. */
export const KEYS = { enter: '\r', down: '\u001B[B', tab: '\t', clearLine: '\u0015', interrupt: '\u0003' } as const;

/** `bss` at a terminal of its own. */
export interface TerminalSession {
  /** What the terminal shows. */
  readonly screen: () => string;
  /** Waits until the screen has this text. */
  readonly waitFor: (text: string) => Promise<void>;
  readonly type: (keys: string) => void;
  /** The exit code, once it has ended. */
  readonly ended: () => Promise<number>;
}

/** Starts the real `bss` in a pseudo terminal of 80 columns, which `script` makes: every Debian has it. It ends with the test. */
export function bssAtTerminal(t: TestContext, args: readonly string[], directory: string): TerminalSession {
  const line = [process.execPath, BSS, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['-qfec', `stty cols ${COLUMNS} rows ${ROWS}; exec ${line}`, '/dev/null'], {
    cwd: directory,
    env: { ...process.env, TERM: 'xterm-256color', CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exit = once(child, 'close');
  // The terminal goes with `script`, and `bss` with the terminal.
  t.after(() => child.kill('SIGKILL'));
  const screen = new TerminalScreen(COLUMNS);
  child.stdout.setEncoding('utf8').on('data', (output: string) => screen.write(output));
  return {
    screen: () => screen.text,
    waitFor: async (text) => {
      const found = (): boolean => screen.text.includes(text);
      const what = `"${text}" on the screen`;
      try {
        await until(() => found() || child.exitCode !== null, { deadlineMs: DEADLINE_MS, what });
      } catch (cause) {
        throw new Error(`waited for ${what}:\n${screen.text}`, { cause });
      }
      if (!found()) throw new Error(`bss ended without ${what}:\n${screen.text}`);
    },
    type: (keys) => void child.stdin.write(keys),
    ended: async () => {
      const [code] = (await exit) as [number | null];
      return code ?? -1;
    },
  };
}
