import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

import { AppError } from '../../core/errors.ts';
import { childEnvironment } from './host-environment.ts';

/** At most so much of a command's output is kept; the end is what matters for messages. */
const OUTPUT_MAX_CHARS = 64 * 1024 * 1024;

/** Where, with what and for how long a command runs. */
export interface CommandOptions {
  readonly cwd?: string;
  /** Changes to this process's environment; undefined removes a variable. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  /** For messages, where the command line itself says little. */
  readonly name?: string;
  /** Written to the command's standard input. */
  readonly input?: string | Uint8Array;
  /** For the error: what the reader should do when the command fails. */
  readonly hint?: string;
}

/** How a command ended and what it printed. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command to its end, without a shell, and gives its output. A command that outlives `timeoutMs` is killed.
 * @throws SETUP_FAILED when it cannot be started, is killed, or ends with another code than 0.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const result = await tryCommand(command, args, options);
  if (result.exitCode !== 0) {
    throw new AppError(
      'SETUP_FAILED',
      `${describe(command, args, options)} ended with code ${result.exitCode}: ${lastLines(result)}`,
      {
        subject: command,
        hint: options.hint,
      },
    );
  }
  return result;
}

/** As `runCommand`, but gives the result whatever the exit code is. */
export async function tryCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const child = start(command, args, options);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] = (output[name] + text).slice(-OUTPUT_MAX_CHARS);
    });
  }
  // The command may end without reading its input; its exit code tells, so a broken pipe is not an error here.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  const { exitCode, signal } = await new Promise<{ exitCode: number | null; signal: string | null }>(
    (resolve, reject) => {
      child.once('error', (cause) => reject(cannotStart(command, cause, options)));
      child.once('close', (code, killedBy) => resolve({ exitCode: code, signal: killedBy }));
    },
  );
  if (exitCode === null) {
    const reason = `was killed by ${signal ?? 'a signal'} (time limit: ${options.timeoutMs} ms): ${lastLines(output)}`;
    throw new AppError('SETUP_FAILED', `${describe(command, args, options)} ${reason}`, {
      subject: command,
      hint: options.hint,
    });
  }
  return { exitCode, ...output };
}

function start(command: string, args: readonly string[], options: CommandOptions): ChildProcessWithoutNullStreams {
  try {
    return spawn(command, args, {
      cwd: options.cwd,
      env: childEnvironment(options.environment ?? {}),
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    });
  } catch (cause) {
    // Most failures to start are events; some, such as a file for a folder, are thrown.
    throw cannotStart(command, cause, options);
  }
}

function cannotStart(command: string, cause: unknown, options: CommandOptions): AppError {
  const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const reason = missing ? 'there is no such program' : String(cause);
  return new AppError('SETUP_FAILED', `cannot start ${command}: ${reason}`, {
    subject: command,
    hint: options.hint,
    cause,
  });
}

function describe(command: string, args: readonly string[], options: CommandOptions): string {
  const text = options.name ?? [command, ...args].join(' ');
  return text.length <= 200 ? text : `${text.slice(0, 197)}...`;
}

function lastLines(output: { readonly stdout: string; readonly stderr: string }): string {
  return endOf(output.stderr.trim() === '' ? output.stdout : output.stderr);
}

/** The last lines that a program printed, for a message, without the frames of Java's stack traces. */
export function endOf(text: string): string {
  const lines = text
    .trim()
    .split('\n')
    .filter((line) => !/^\s+(?:at |\.\.\. \d+ more)/.test(line));
  return lines.join('') === '' ? '(it printed nothing)' : lines.slice(-15).join('\n');
}
