import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Announce, cached } from './cached.ts';
import { findJava } from './java.ts';
import { findMaven } from './maven.ts';
import { runCommand } from './run-command.ts';

/** The release that is started. */
const DEBEZIUM_VERSION = '3.7.0.Final';

/** The connector without what a Connect worker has itself. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>bss</groupId><artifactId>debezium-postgres</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>io.debezium</groupId><artifactId>debezium-connector-postgres</artifactId><version>${DEBEZIUM_VERSION}</version>
<exclusions>
<exclusion><groupId>org.apache.kafka</groupId><artifactId>*</artifactId></exclusion>
<exclusion><groupId>org.slf4j</groupId><artifactId>*</artifactId></exclusion>
<exclusion><groupId>jakarta.ws.rs</groupId><artifactId>*</artifactId></exclusion>
</exclusions></dependency>
</dependencies></project>
`;

const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;

/**
 * The `plugin.path` of a Kafka Connect worker that finds Debezium's connector for PostgreSQL there, downloaded on first
 * use (8 MB).
 * @throws SETUP_FAILED with the remedy when it cannot be had.
 */
export async function debeziumPlugins(announce?: Announce): Promise<string> {
  const java = await findJava(announce);
  const folder = await cached(
    {
      name: 'debezium-postgres',
      version: DEBEZIUM_VERSION,
      announcement: `Downloading Debezium ${DEBEZIUM_VERSION} for PostgreSQL (8 MB)`,
      build: (target) => download(target, java, announce),
    },
    announce,
  );
  return join(folder, 'plugins');
}

async function download(folder: string, java: string, announce: Announce | undefined): Promise<void> {
  const maven = await findMaven(java, folder, announce);
  const pom = join(folder, 'pom.xml');
  await writeFile(pom, POM);
  const target = join(folder, 'plugins', 'debezium-postgres');
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${target}`];
  await runCommand(maven.command, ['--batch-mode', '--no-transfer-progress', '--quiet', '--file', pom, ...goal], {
    cwd: folder,
    environment: maven.environment,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
    hint: 'Check that Maven reaches its repository (a proxy or mirror goes into ~/.m2/settings.xml), then start again.',
  });
}
