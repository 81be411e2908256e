import { spawn } from 'node:child_process';

/**
 * Runs a command to its end without a shell. Gives its exit code (undefined when it cannot be started or was killed)
 * and what it printed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ exitCode: number | undefined, output: string }>}
 */
export function runCaptured(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output = (output + text).slice(-1_000_000);
      });
    }
    child.once('error', (error) => resolve({ exitCode: undefined, output: error.message }));
    child.once('close', (code) => resolve({ exitCode: code ?? undefined, output }));
  });
}

/**
 * The last lines of a command's output, for a message.
 * @param {string} output
 */
export function lastLines(output) {
  // npm's warnings about other packages' wishes bury the reason of a failure.
  const text = output.replaceAll(/^npm warn .*\n?/gm, '').trim();
  return text === '' ? '(it printed nothing)' : text.split('\n').slice(-12).join('\n');
}
