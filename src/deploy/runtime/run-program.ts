import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { AppError } from '../../core/errors.ts';

/** A program that a runtime works through: `docker`, `kubectl`. */
export interface Program {
  readonly command: string;
  /** What to do when it is not there. */
  readonly hint: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/** How it ended. */
export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end. @throws DEPLOY_RUNTIME_UNAVAILABLE when it cannot be started or takes too long */
export async function runProgram(
  program: Program,
  args: readonly string[],
  options: { readonly cwd?: string | undefined; readonly input?: string | undefined } = {},
): Promise<ProgramResult> {
  const { command, environment, timeoutMs, hint } = program;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...environment },
    stdio: 'pipe',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const ended = Promise.withResolvers<number>();
  child.once('error', ended.reject);
  child.once('close', (code) => ended.resolve(code ?? 1));
  // It may end without having read it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  try {
    const [exitCode, stdout, stderr] = await Promise.all([ended.promise, text(child.stdout), text(child.stderr)]);
    return { exitCode, stdout, stderr };
  } catch (cause) {
    const reason = cause instanceof Error && cause.name === 'AbortError' ? 'does not end' : 'cannot be started';
    throw new AppError('DEPLOY_RUNTIME_UNAVAILABLE', `${command} ${args.slice(0, 2).join(' ')} ${reason}`, {
      subject: command,
      hint,
      cause,
    });
  }
}

/** The standard output of one that must succeed. @throws DEPLOY_RUNTIME_FAILED with what it says */
export async function mustRun(
  program: Program,
  args: readonly string[],
  options: { readonly cwd?: string | undefined; readonly input?: string | undefined } = {},
): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(program, args, options);
  if (exitCode === 0) return stdout;
  const said = (stderr.trim() || stdout.trim()).slice(-2000);
  throw new AppError('DEPLOY_RUNTIME_FAILED', `${program.command} ${args.join(' ')} failed: ${said}`, {
    subject: program.command,
    hint: 'Run the same command by hand to see more.',
  });
}
