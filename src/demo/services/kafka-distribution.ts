import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Announce, cached } from './cached.ts';
import { findJava } from './java.ts';
import { downloadJars } from './maven-jars.ts';

/** The Apache Kafka release that is started: broker, controller and console tools. */
export const KAFKA_VERSION = '4.3.1';

/** The broker, the console tools and, since Kafka brings none, a logging back end. */
const DEPENDENCIES = `
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${KAFKA_VERSION}</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.4</version></dependency>`;

/** Warnings and errors alone, to standard output: at INFO a broker writes a line for every partition it opens. */
const LOG4J2 = `Configuration:
  status: error
  Appenders:
    Console:
      name: out
      PatternLayout: { pattern: "%d{HH:mm:ss,SSS} %p %c{1}: %m%n" }
  Loggers:
    Root: { level: warn, AppenderRef: { ref: out } }
`;

/** What it takes to run a class of Kafka. */
export interface KafkaDistribution {
  /** The `java` to run. */
  readonly java: string;
  /** The class path with all jars. */
  readonly classPath: string;
  readonly log4jPath: string;
}

/**
 * Kafka's jars and a Java to run them, downloaded on first use (55 MB).
 * @throws SETUP_FAILED with the remedy when something cannot be had.
 */
export async function kafkaDistribution(announce?: Announce): Promise<KafkaDistribution> {
  const java = await findJava(announce);
  const folder = await cached(
    {
      name: 'kafka',
      version: KAFKA_VERSION,
      announcement: `Downloading Apache Kafka ${KAFKA_VERSION} (55 MB)`,
      build: (target) => download(target, java, announce),
    },
    announce,
  );
  return { java, classPath: join(folder, 'libs', '*'), log4jPath: join(folder, 'log4j2.yaml') };
}

async function download(folder: string, java: string, announce: Announce | undefined): Promise<void> {
  await writeFile(join(folder, 'log4j2.yaml'), LOG4J2);
  await downloadJars(java, { dependencies: DEPENDENCIES, folder, target: join(folder, 'libs') }, announce);
}
