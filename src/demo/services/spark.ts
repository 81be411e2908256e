import { join } from 'node:path';

import { type Announce, cached } from './cached.ts';
import { findJava } from './java.ts';
import { COMPILER_DEPENDENCY, compileClass } from './java-compiler.ts';
import { downloadJars } from './maven-jars.ts';
import { runCommand } from './run-command.ts';

/** The release that runs. */
const SPARK_VERSION = '4.2.0';

/** Without the state store of streams and TLS for its network, which are large and not used. */
const DEPENDENCIES = `
<dependency><groupId>org.apache.spark</groupId><artifactId>spark-sql_2.13</artifactId><version>${SPARK_VERSION}</version>
<exclusions>
<exclusion><groupId>org.rocksdb</groupId><artifactId>*</artifactId></exclusion>
<exclusion><groupId>io.netty</groupId><artifactId>netty-tcnative-boringssl-static</artifactId></exclusion>
</exclusions></dependency>
${COMPILER_DEPENDENCY}`;

const MAIN_CLASS = 'SparkStatements';

/** Statements on standard input, a line of \`;\` between them; a line of JSON for each: its rows. */
const LAUNCHER = `import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.spark.sql.SparkSession;

public class ${MAIN_CLASS} {
  public static void main(String[] args) throws Exception {
    String statements = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    SparkSession spark = SparkSession.builder().getOrCreate();
    for (String statement : statements.split("\\\\n;\\\\n")) {
      out.println("[" + String.join(",", spark.sql(statement).toJSON().collectAsList()) + "]");
    }
    spark.stop();
  }
}
`;

/** One thread of this machine, nothing on the network but to itself, and as few tasks as it can. */
const SETTINGS = {
  'spark.master': 'local[1]',
  'spark.app.name': 'bss',
  'spark.ui.enabled': 'false',
  'spark.driver.host': '127.0.0.1',
  'spark.driver.bindAddress': '127.0.0.1',
  'spark.sql.shuffle.partitions': '1',
};

/** Packages of Java that Spark reaches into. */
const OPENED = [
  'java.lang',
  'java.lang.invoke',
  'java.lang.reflect',
  'java.io',
  'java.net',
  'java.nio',
  'java.util',
  'java.util.concurrent',
  'java.util.concurrent.atomic',
  'jdk.internal.ref',
  'sun.nio.ch',
  'sun.nio.cs',
  'sun.security.action',
  'sun.util.calendar',
].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);

const JVM_OPTIONS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx1g', ...OPENED];
const TIMEOUT_MS = 3 * 60_000;

/** What it takes to run Spark. */
interface SparkDistribution {
  readonly java: string;
  readonly classPath: string;
}

/**
 * Apache Spark's SQL and a Java to run it, downloaded on first use (200 MB).
 * @throws SETUP_FAILED with the remedy when something cannot be had.
 */
export async function sparkDistribution(announce?: Announce): Promise<SparkDistribution> {
  const java = await findJava(announce);
  const folder = await cached(
    {
      name: 'spark',
      version: SPARK_VERSION,
      announcement: `Downloading Apache Spark ${SPARK_VERSION} (200 MB)`,
      build: async (target) => {
        const jars = { dependencies: DEPENDENCIES, folder: target, target: join(target, 'libs') };
        await downloadJars(java, jars, announce);
        await compileClass(java, target, MAIN_CLASS, LAUNCHER);
      },
    },
    announce,
  );
  return { java, classPath: [join(folder, 'classes'), join(folder, 'libs', '*')].join(':') };
}

/**
 * Runs statements of Spark SQL, one after another in one session, in `folder`, where it also leaves what it keeps for
 * itself; about ten seconds. Gives the rows of each statement: objects, without the fields that are null.
 * @throws SETUP_FAILED with what Spark says of a statement that fails.
 */
export async function runSpark(statements: readonly string[], folder: string): Promise<Record<string, unknown>[][]> {
  const { java, classPath } = await sparkDistribution();
  const settings = Object.entries({ ...SETTINGS, 'spark.local.dir': folder }).map(
    ([name, value]) => `-D${name}=${value}`,
  );
  const { stdout } = await runCommand(java, [...JVM_OPTIONS, ...settings, '-cp', classPath, MAIN_CLASS], {
    cwd: folder,
    timeoutMs: TIMEOUT_MS,
    input: statements.join('\n;\n'),
    name: 'Spark',
  });
  // Written by the launcher, in JSON of Spark's.
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>[]);
}
