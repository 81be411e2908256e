import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Announce } from './cached.ts';
import { findMaven } from './maven.ts';
import { runCommand } from './run-command.ts';

const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;

/** What to download, and where to. */
export interface MavenJars {
  /** `<dependency>` elements of Maven's project file. */
  readonly dependencies: string;
  /** Where the project file goes. */
  readonly folder: string;
  /** Where the jars go, with those that they need when they run. */
  readonly target: string;
}

/**
 * Downloads jars, and whatever they need when they run.
 * @throws SETUP_FAILED with the remedy when they cannot be had.
 */
export async function downloadJars(
  java: string,
  { dependencies, folder, target }: MavenJars,
  announce?: Announce,
): Promise<void> {
  const maven = await findMaven(java, folder, announce);
  const pom = join(folder, 'pom.xml');
  await writeFile(
    pom,
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>bss</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
${dependencies.trim()}
</dependencies></project>
`,
  );
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${target}`];
  await runCommand(maven.command, ['--batch-mode', '--no-transfer-progress', '--quiet', '--file', pom, ...goal], {
    cwd: folder,
    environment: maven.environment,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
    hint: 'Check that Maven reaches its repository (a proxy or mirror goes into ~/.m2/settings.xml), then start again.',
  });
}
