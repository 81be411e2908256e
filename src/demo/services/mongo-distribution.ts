import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Announce, cached } from './cached.ts';
import { findJava } from './java.ts';
import { findMaven } from './maven.ts';
import { runCommand } from './run-command.ts';

/** The release of mongo-java-server that is started. */
const MONGO_JAVA_SERVER_VERSION = '1.47.0';

/** The server, and a Java compiler that runs where there is no development kit. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>bss</groupId><artifactId>mongo</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>de.bwaldvogel</groupId><artifactId>mongo-java-server</artifactId><version>${MONGO_JAVA_SERVER_VERSION}</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
<dependency><groupId>org.eclipse.jdt</groupId><artifactId>ecj</artifactId><version>3.39.0</version></dependency>
</dependencies></project>
`;

/** Class of the launcher. */
const MAIN_CLASS = 'MongoLauncher';

/** Wire version 13 (5.0): drivers of today refuse the 8 that the server calls itself. */
const LAUNCHER = `import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import java.util.List;

public class ${MAIN_CLASS} {
  public static void main(String[] args) {
    MongoVersion version = new MongoVersion() {
      public List<Integer> getVersionArray() { return List.of(5, 0, 0); }
      public int getWireVersion() { return 13; }
    };
    new MongoServer(new MemoryBackend().version(version)).bind("127.0.0.1", Integer.parseInt(args[0]));
  }
}
`;

const DOWNLOAD_TIMEOUT_MS = 15 * 60_000;
const COMPILE_TIMEOUT_MS = 2 * 60_000;

/** What it takes to run the server: `java -cp classPath mainClass PORT`. */
export interface MongoDistribution {
  readonly java: string;
  readonly classPath: string;
  readonly mainClass: string;
}

/**
 * A server that speaks MongoDB's protocol, in memory, downloaded on first use (6 MB). It is a stand-in for MongoDB:
 * reads, writes and indexes are MongoDB's; there are no transactions, sessions or change streams.
 * @throws SETUP_FAILED with the remedy when something cannot be had.
 */
export async function mongoDistribution(announce?: Announce): Promise<MongoDistribution> {
  const java = await findJava(announce);
  const folder = await cached(
    {
      name: 'mongo-java-server',
      version: MONGO_JAVA_SERVER_VERSION,
      announcement: `Downloading mongo-java-server ${MONGO_JAVA_SERVER_VERSION} (6 MB)`,
      build: (target) => build(target, java, announce),
    },
    announce,
  );
  const classPath = [join(folder, 'classes'), join(folder, 'libs', '*')].join(':');
  return { java, classPath, mainClass: MAIN_CLASS };
}

async function build(folder: string, java: string, announce: Announce | undefined): Promise<void> {
  const maven = await findMaven(java, folder, announce);
  const [pom, libs] = [join(folder, 'pom.xml'), join(folder, 'libs')];
  await writeFile(pom, POM);
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${libs}`];
  await runCommand(maven.command, ['--batch-mode', '--no-transfer-progress', '--quiet', '--file', pom, ...goal], {
    cwd: folder,
    environment: maven.environment,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
    hint: 'Check that Maven reaches its repository (a proxy or mirror goes into ~/.m2/settings.xml), then start again.',
  });
  const source = join(folder, `${MAIN_CLASS}.java`);
  await writeFile(source, LAUNCHER);
  const jars = (await readdir(libs)).map((name) => join(libs, name));
  const compiler = 'org.eclipse.jdt.internal.compiler.batch.Main';
  const options = ['-17', '-proc:none', '-nowarn', '-cp', jars.join(':'), '-d', join(folder, 'classes'), source];
  await runCommand(java, ['-cp', join(libs, '*'), compiler, ...options], {
    cwd: folder,
    timeoutMs: COMPILE_TIMEOUT_MS,
    name: 'the Java compiler',
  });
}
