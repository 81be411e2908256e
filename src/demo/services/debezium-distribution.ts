import { join } from 'node:path';

import { type Announce, cached } from './cached.ts';
import { findJava } from './java.ts';
import { downloadJars } from './maven-jars.ts';

/** The release that is started. */
const DEBEZIUM_VERSION = '3.7.0.Final';

/** The connector without what a Connect worker has itself. */
const DEPENDENCIES = `
<dependency><groupId>io.debezium</groupId><artifactId>debezium-connector-postgres</artifactId><version>${DEBEZIUM_VERSION}</version>
<exclusions>
<exclusion><groupId>org.apache.kafka</groupId><artifactId>*</artifactId></exclusion>
<exclusion><groupId>org.slf4j</groupId><artifactId>*</artifactId></exclusion>
<exclusion><groupId>jakarta.ws.rs</groupId><artifactId>*</artifactId></exclusion>
</exclusions></dependency>`;

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
      build: (target) => {
        const jars = {
          dependencies: DEPENDENCIES,
          folder: target,
          target: join(target, 'plugins', 'debezium-postgres'),
        };
        return downloadJars(java, jars, announce);
      },
    },
    announce,
  );
  return join(folder, 'plugins');
}
