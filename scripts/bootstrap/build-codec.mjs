import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { lockPath, SetupError } from '../../src/demo/services/cached-folder.mjs';
import { lastLines, runCaptured } from './run-captured.mjs';

const SOURCE = join('src', 'core', 'segment', 'wasm');
const OUTPUT = join(SOURCE, 'build', 'codec.wasm');
/** Names the sources that the output was compiled from. */
const STAMP = join(SOURCE, 'build', '.built-from');
const SCRIPT = join('scripts', 'build-wasm.mjs');

/**
 * Compiles the WebAssembly codec unless its output belongs to the sources as they are. Throws SetupError when it does
 * not compile.
 * @param {string} root
 * @param {string} node a Node that is new enough
 * @param {(line: string) => void} announce
 */
export async function buildCodec(root, node, announce) {
  const wanted = await sourceHash(root);
  if (await isBuilt(root, wanted)) return;
  const release = await lockPath(join(root, '.bss', 'codec.lock'));
  try {
    if (await isBuilt(root, wanted)) return;
    const startedAtMs = performance.now();
    announce('Compiling the WebAssembly codec ...');
    const { exitCode, output } = await runCaptured(node, [join(root, SCRIPT)], { cwd: root });
    if (exitCode !== 0) {
      const remedy = 'To see more, run: npm run build:wasm';
      throw new SetupError(`the WebAssembly codec does not compile:\n${lastLines(output)}`, remedy);
    }
    await mkdir(join(root, SOURCE, 'build'), { recursive: true });
    await writeFile(join(root, STAMP), wanted);
    announce(`Compiling the WebAssembly codec: done in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
  } finally {
    await release();
  }
}

/**
 * @param {string} root
 * @param {string} wanted
 */
async function isBuilt(root, wanted) {
  const stamp = await readFile(join(root, STAMP), 'utf8').catch(() => undefined);
  return stamp === wanted && (await stat(join(root, OUTPUT)).catch(() => undefined)) !== undefined;
}

/**
 * Of everything that the output depends on: the sources, the build script and the locked compiler.
 * @param {string} root
 */
async function sourceHash(root) {
  const sources = (await readdir(join(root, SOURCE))).filter((name) => name.endsWith('.ts')).toSorted();
  const hash = createHash('sha256');
  for (const path of [...sources.map((name) => join(SOURCE, name)), SCRIPT]) {
    hash.update(`${path}\n`).update(await readFile(join(root, path)));
  }
  const compiler = join(root, 'node_modules', 'assemblyscript', 'package.json');
  return hash.update(await readFile(compiler).catch(() => '')).digest('hex');
}
