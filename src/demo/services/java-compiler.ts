import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand } from './run-command.ts';

const COMPILE_TIMEOUT_MS = 2 * 60_000;

/** A Java compiler that runs where there is no development kit: a `<dependency>` of Maven's project file. */
export const COMPILER_DEPENDENCY =
  '<dependency><groupId>org.eclipse.jdt</groupId><artifactId>ecj</artifactId><version>3.39.0</version></dependency>';

/**
 * Compiles one class against the jars of `<folder>/libs`, among them the compiler, into `<folder>/classes`.
 * @throws SETUP_FAILED with what the compiler says.
 */
export async function compileClass(java: string, folder: string, className: string, source: string): Promise<void> {
  const libs = join(folder, 'libs');
  const path = join(folder, `${className}.java`);
  await writeFile(path, source);
  const jars = (await readdir(libs)).map((name) => join(libs, name));
  const compiler = 'org.eclipse.jdt.internal.compiler.batch.Main';
  const options = ['-17', '-proc:none', '-nowarn', '-cp', jars.join(':'), '-d', join(folder, 'classes'), path];
  await runCommand(java, ['-cp', join(libs, '*'), compiler, ...options], {
    cwd: folder,
    timeoutMs: COMPILE_TIMEOUT_MS,
    name: 'the Java compiler',
  });
}
