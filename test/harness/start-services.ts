/**
 * Starts the services that the tests share, prints the environment variables that make a test file use them, and waits
 * until it is killed: `node test/harness/start-services.ts`, then in another terminal paste the lines and run
 * `node --test some.kafka-test.ts` as often as you like.
 */
import { startKafka } from '../../src/demo/services/kafka.ts';
import { startMinio } from '../../src/demo/services/minio.ts';
import { sharedServiceVariables } from './shared-services.ts';

const [kafka, minio] = await Promise.all([startKafka({ optimised: false }), startMinio()]);
for (const [name, value] of Object.entries(sharedServiceVariables(kafka, minio))) {
  process.stdout.write(`export ${name}='${value}'\n`);
}
// The services do not keep Node alive; this does, until a signal ends it, and them with it.
setInterval(() => undefined, 3_600_000);
