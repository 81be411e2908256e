import { randomBytes } from 'node:crypto';

import { type Kafka, startKafka } from '../../src/demo/services/kafka.ts';
import { kafkaDistribution } from '../../src/demo/services/kafka-distribution.ts';
import { runKafkaTool } from '../../src/demo/services/kafka-tool.ts';
import { startMinio } from '../../src/demo/services/minio.ts';
import { createS3Bucket, type S3Location, type S3Service } from '../../src/demo/services/s3-service.ts';

/**
 * What a test may do with the broker that all tests share. A test that pauses, kills or reconfigures a broker starts
 * its own with `startKafka`.
 */
export type SharedKafka = Pick<Kafka, 'bootstrap' | 'runTool'>;

/** What a test may do with the object store that all tests share. */
export type SharedS3 = Omit<S3Service, 'stop'>;

/** The environment variables by which the test runner hands its services to test files. */
export const SHARED_KAFKA_VARIABLE = 'BSS_TEST_KAFKA';
export const SHARED_S3_VARIABLE = 'BSS_TEST_S3';

let ownKafka: Promise<SharedKafka> | undefined;
let ownS3: Promise<SharedS3> | undefined;

/** The broker of the whole test run; one of this process's own when a test file is run alone. */
export async function testKafka(): Promise<SharedKafka> {
  const bootstrap = process.env[SHARED_KAFKA_VARIABLE];
  if (bootstrap === undefined || bootstrap === '') return (ownKafka ??= startKafka({ optimised: false }));
  const distribution = await kafkaDistribution();
  return { bootstrap, runTool: (className, args, options) => runKafkaTool(distribution, className, args, options) };
}

/** The MinIO server of the whole test run; one of this process's own when a test file is run alone. */
export async function testS3(): Promise<SharedS3> {
  const variable = process.env[SHARED_S3_VARIABLE];
  if (variable === undefined || variable === '') return (ownS3 ??= startMinio());
  // Written by `s3Variable` of this file.
  const location = JSON.parse(variable) as S3Location;
  return { name: 'MinIO', ...location, createBucket: (name) => createS3Bucket(location, name) };
}

/** The environment variables that hand running services to test files. */
export function sharedServiceVariables(kafka: SharedKafka, s3: S3Location): Record<string, string> {
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  return {
    [SHARED_KAFKA_VARIABLE]: kafka.bootstrap,
    [SHARED_S3_VARIABLE]: JSON.stringify({ endpoint, region, accessKeyId, secretAccessKey }),
  };
}

/** A name that no other test uses, for a topic, a consumer group or a bucket: `<prefix>-<12 hexadecimal digits>`. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}
