import type { Announce } from '../src/demo/services/cached.ts';
import { debeziumPlugins } from '../src/demo/services/debezium-distribution.ts';
import { helmProgram } from '../src/demo/services/helm.ts';
import { type Kafka, startKafka } from '../src/demo/services/kafka.ts';
import { kafkaDistribution } from '../src/demo/services/kafka-distribution.ts';
import { kubernetesSchemas } from '../src/demo/services/kubernetes-schemas.ts';
import { mariadbDistribution } from '../src/demo/services/mariadb-distribution.ts';
import { minioProgram, startMinio } from '../src/demo/services/minio.ts';
import { mongoDistribution } from '../src/demo/services/mongo-distribution.ts';
import { postgresDistribution } from '../src/demo/services/postgres-distribution.ts';
import type { S3Service } from '../src/demo/services/s3-service.ts';
import { seaweedfsProgram } from '../src/demo/services/seaweedfs.ts';
import { sparkDistribution } from '../src/demo/services/spark.ts';
import { sharedServiceVariables } from '../test/harness/shared-services.ts';

/** The services that all test files of a run share. */
export interface TestServices {
  readonly kafka: Kafka;
  readonly minio: S3Service;
}

/** Downloads and compiles what the services need; minutes the first time, nothing later. */
export async function prepareTestServices(announce: Announce): Promise<void> {
  const minio = minioProgram(announce);
  // Compiled when the other one is, and not waited for: one test alone needs it, and waits itself.
  minio.then(() => helmProgram(announce)).catch(() => undefined);
  // All may need the same Java and Maven: one after the other.
  const jars = kafkaDistribution(announce)
    .then(() => debeziumPlugins(announce))
    .then(() => mongoDistribution(announce));
  // Large, and for one test alone as well.
  jars.then(() => sparkDistribution(announce)).catch(() => undefined);
  await Promise.all([
    jars,
    // As may both of these, by apt.
    postgresDistribution(announce).then(() => mariadbDistribution(announce)),
    seaweedfsProgram(announce),
    minio,
    kubernetesSchemas(announce),
  ]);
}

/** Starts the shared services and hands them to the test files that are started from now on. */
export async function startTestServices(): Promise<TestServices> {
  const [kafka, minio] = await Promise.all([startKafka({ optimised: false }), startMinio()]);
  Object.assign(process.env, sharedServiceVariables(kafka, minio));
  return { kafka, minio };
}

export async function stopTestServices(services: TestServices): Promise<void> {
  await Promise.all([services.kafka.stop(), services.minio.stop()]);
}
