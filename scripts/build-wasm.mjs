// Compiles the segment codec (AssemblyScript) to WebAssembly; does nothing when the sources have not changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sourceFolder = join(root, 'src/core/segment/wasm');
const outputFolder = join(sourceFolder, 'build');
const output = join(outputFolder, 'codec.wasm');
const stampFile = join(outputFolder, 'codec.stamp');
const options = ['--enable', 'simd', '--enable', 'relaxed-simd', '-O3', '--runtime', 'stub'];

const hash = createHash('sha256').update(options.join(' '));
hash.update(readFileSync(join(root, 'node_modules/assemblyscript/package.json')));
for (const name of readdirSync(sourceFolder)
  .filter((name) => name.endsWith('.ts'))
  .sort()) {
  hash.update(name).update(readFileSync(join(sourceFolder, name)));
}
const stamp = hash.digest('hex');

if (!existsSync(output) || !existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== stamp) {
  const { default: asc } = await import('assemblyscript/asc');
  mkdirSync(outputFolder, { recursive: true });
  // Written beside and renamed: another process may be loading the module.
  const draft = join(outputFolder, `codec.${process.pid}.wasm`);
  const compiled = await asc.main([join(sourceFolder, 'codec.ts'), ...options, '--outFile', draft]);
  if (compiled.error) {
    process.stderr.write(
      `${compiled.stderr.toString()}\ncannot compile the segment codec: ${compiled.error.message}\n`,
    );
    rmSync(draft, { force: true });
    process.exit(1);
  }
  renameSync(draft, output);
  writeFileSync(stampFile, stamp);
}
