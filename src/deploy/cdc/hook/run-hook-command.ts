import { spawn } from 'node:child_process';

import { assert } from '../../../core/assert.ts';
import { AppError, type ErrorCode } from '../../../core/errors.ts';

const STDOUT_MAX_CHARS = 1024 * 1024;
const STDERR_MAX_CHARS = 16 * 1024;
const SHOWN_LINES = 10;
/** For the last of its output to arrive. */
const OUTPUT_GRACE_MS = 1_000;
/** For a command that is stopped to end by itself: it must not go on at the CDC when we have ended. */
const STOP_GRACE_MS = 3_000;

/** Exit codes that mean something; every other but 0 is a failure. */
const EXIT_CODES: Readonly<Record<number, ErrorCode>> = { 3: 'DEPLOY_CDC_REFUSED', 69: 'DEPLOY_CDC_UNREACHABLE' };

/** A command of a hook. */
export interface HookCommand {
  /** `cdc.stop`: as it is called in deployment.yaml. */
  readonly name: string;
  /** Program and arguments; there is no shell. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a command of a hook to its end and gives what it printed on standard output.
 * @throws DEPLOY_CDC_REFUSED for exit code 3, DEPLOY_CDC_UNREACHABLE for 69 or a program that is not there,
 * DEPLOY_CDC_TIMEOUT when it was killed for taking too long, DEPLOY_CDC_FAILED for other exit codes: all with the end of
 * what it printed on standard error. The signal's reason when that aborts: the command has ended then.
 */
export async function runHookCommand(hook: HookCommand): Promise<string> {
  const [program, ...args] = hook.command;
  assert(program !== undefined, 'a command has a program');
  hook.signal?.throwIfAborted();
  const child = spawn(program, args, { env: { ...hook.environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  // Not spawn's own timeout: that one outlives a program that cannot be started.
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    child.kill('SIGKILL');
  }, hook.timeoutMs);
  let stopping: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    stopping = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  };
  hook.signal?.addEventListener('abort', stop, { once: true });
  let grace: NodeJS.Timeout | undefined;
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-STDOUT_MAX_CHARS);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_MAX_CHARS);
  });
  const { code, killedBy } = await new Promise<{ code: number | null; killedBy: string | null }>((resolve, reject) => {
    child.once('error', (cause) => {
      reject(failure('DEPLOY_CDC_UNREACHABLE', hook, `cannot be started: ${cause.message}`, '', cause));
    });
    child.once('close', (exitCode, signal) => resolve({ code: exitCode, killedBy: signal }));
    // What it has started and left behind, a CDC perhaps, may keep its output open for ever.
    child.once('exit', (exitCode, signal) => {
      grace = setTimeout(() => resolve({ code: exitCode, killedBy: signal }), OUTPUT_GRACE_MS);
    });
  }).finally(() => {
    hook.signal?.removeEventListener('abort', stop);
    for (const waiting of [timer, stopping, grace]) clearTimeout(waiting);
    child.stdout.destroy();
    child.stderr.destroy();
  });
  hook.signal?.throwIfAborted();
  if (code === 0) return stdout;
  if (code === null) {
    if (expired) throw failure('DEPLOY_CDC_TIMEOUT', hook, `did not end within ${hook.timeoutMs} ms`, stderr);
    throw failure('DEPLOY_CDC_FAILED', hook, `was ended by ${killedBy}`, stderr);
  }
  throw failure(EXIT_CODES[code] ?? 'DEPLOY_CDC_FAILED', hook, `ended with code ${code}`, stderr);
}

function failure(code: ErrorCode, hook: HookCommand, what: string, stderr: string, cause?: unknown): AppError {
  const lines = stderr.trim().split('\n').slice(-SHOWN_LINES).join('\n');
  const said = lines === '' ? '' : `; it said:\n${lines}`;
  return new AppError(code, `${hook.name} (${hook.command[0]}) ${what}${said}`, { subject: hook.name, cause });
}
