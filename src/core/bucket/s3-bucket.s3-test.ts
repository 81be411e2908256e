import { testS3, uniqueName } from '../../../test/harness/shared-services.ts';
import { bucketConformance } from './conformance.ts';
import { S3Bucket } from './s3-bucket.ts';
import type { S3Options } from './s3-options.ts';

const MIB = 1_048_576;

const service = await testS3();
const bucket = uniqueName('conformance');
await service.createBucket(bucket);

bucketConformance('an S3 bucket on MinIO', async () => new S3Bucket(bucket, service), {
  refusesPathParents: false,
  bodyMaxBytes: 9 * MIB,
});

const inParts: S3Options = { ...service, multipartThresholdBytes: 100_000, partSizeBytes: 5 * MIB };
bucketConformance('an S3 bucket on MinIO, put in parts,', async () => new S3Bucket(bucket, inParts), {
  refusesPathParents: false,
  bodyMaxBytes: 23 * MIB + 1,
  racers: 25,
});
