import { join } from 'node:path';

import { type Announce, cached } from './cached.ts';
import { findJava } from './java.ts';
import { COMPILER_DEPENDENCY, compileClass } from './java-compiler.ts';
import { downloadJars } from './maven-jars.ts';

/** The release of mongo-java-server that is started. */
const MONGO_JAVA_SERVER_VERSION = '1.47.0';

const DEPENDENCIES = `
<dependency><groupId>de.bwaldvogel</groupId><artifactId>mongo-java-server</artifactId><version>${MONGO_JAVA_SERVER_VERSION}</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
${COMPILER_DEPENDENCY}`;

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
  await downloadJars(java, { dependencies: DEPENDENCIES, folder, target: join(folder, 'libs') }, announce);
  await compileClass(java, folder, MAIN_CLASS, LAUNCHER);
}
