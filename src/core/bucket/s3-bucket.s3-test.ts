import { testS3, uniqueName } from '../../../test/harness/shared-services.ts';
import { bucketConformance } from './conformance.ts';
import { S3Bucket } from './s3-bucket.ts';

const MIB = 1_048_576;

const service = await testS3();
const bucket = uniqueName('conformance');
await service.createBucket(bucket);

bucketConformance('an S3 bucket on MinIO', async () => new S3Bucket(bucket, service), { refusesPathParents: true, bodyMaxBytes: 9 * MIB });
