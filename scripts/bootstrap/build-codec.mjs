import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { SetupError } from '../../src/demo/services/cached-folder.mjs';
import { lastLines, runCaptured } from './run-captured.mjs';

const SCRIPT = join('scripts', 'build-wasm.mjs');
const OUTPUT = join('src', 'core', 'segment', 'wasm', 'build', 'codec.wasm');

/**
 * Compiles the WebAssembly codec unless it belongs to the sources as they are, which the script finds out. Throws
 * SetupError when it does not compile.
 * @param {string} root
 * @param {string} node a Node that is new enough
 * @param {(line: string) => void} announce
 */
export async function buildCodec(root, node, announce) {
  if (!existsSync(join(root, OUTPUT))) announce('Compiling the WebAssembly codec (some 10 seconds) ...');
  const { exitCode, output } = await runCaptured(node, [join(root, SCRIPT)], { cwd: root });
  if (exitCode !== 0) {
    const remedy = 'To see more, run: npm run build:wasm';
    throw new SetupError(`the WebAssembly codec does not compile:\n${lastLines(output)}`, remedy);
  }
}
