// What `npm test`, `npm run demo` and their sisters start: gets whatever they need, then runs them. Plain JavaScript
// for Node 20 or later, without dependencies, since it is what gets the dependencies.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

import { cacheDirectory, SetupError } from '../src/demo/services/cached-folder.mjs';
import { buildCodec } from './bootstrap/build-codec.mjs';
import { findNode } from './bootstrap/find-node.mjs';
import { installDependencies } from './bootstrap/install-dependencies.mjs';

const ROOT = resolve(import.meta.dirname, '..');

/** What each command runs. */
const COMMANDS = new Map([
  ['test', ['scripts/test.ts']],
  ['check', ['scripts/check.ts']],
  ['bench', ['bench/main.ts']],
  ['demo', ['src/cli/main.ts', 'demo']],
  ['docs', ['scripts/docs.ts']],
  ['bss', ['src/cli/main.ts']],
]);

/**
 * Runs a command of `COMMANDS` with further arguments, as soon as everything that it needs is there, and ends this
 * process as the command ended.
 * @param {string} name
 * @param {readonly string[]} args
 */
export async function bootstrap(name, args) {
  const command = COMMANDS.get(name);
  if (command === undefined) {
    process.stderr.write(`bootstrap: there is no command '${name}'; it is one of ${[...COMMANDS.keys()].join(', ')}\n`);
    process.exitCode = 2;
    return;
  }
  try {
    const node = await findNode(announce);
    await installDependencies(ROOT, announce);
    await buildCodec(ROOT, node, announce);
    const [script = '', ...firstArgs] = command;
    run(node, [join(ROOT, script), ...firstArgs, ...args]);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\nCannot start: ${error.message}\n${error.remedy}\n`);
    process.exitCode = 1;
  }
}

/** @param {string} line */
function announce(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * @param {string} node
 * @param {readonly string[]} args
 */
function run(node, args) {
  // First on the PATH, so that whatever the command starts by the name of node is this one too.
  const path = [dirname(node), process.env['PATH'] ?? ''].join(delimiter);
  // Kept for the next start, from the first module on: types need not be stripped, nor code compiled, again.
  const compiled = process.env['NODE_COMPILE_CACHE'] ?? join(cacheDirectory(), 'compiled');
  const env = { ...process.env, PATH: path, NODE_COMPILE_CACHE: compiled };
  const child = spawn(node, args, { stdio: 'inherit', env });
  const fromTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  // Ctrl-C in a terminal reaches the command as well; handing it on too would make it two, which means "at once".
  process.on('SIGINT', () => fromTerminal || child.kill('SIGINT'));
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    process.stderr.write(`Cannot start ${node}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
}

if (import.meta.filename === resolve(process.argv[1] ?? '')) {
  const [name = '', ...args] = process.argv.slice(2);
  await bootstrap(name, args);
}
