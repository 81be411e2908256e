import { after } from 'node:test';
import { uniqueName } from '../../../test/harness/shared-services.ts';
import { startSeaweedfs } from '../../demo/services/seaweedfs.ts';
import { bucketConformance } from './conformance.ts';
import { S3Bucket } from './s3-bucket.ts';

const MIB = 1_048_576;

const service = await startSeaweedfs();
after(() => service.stop());
const bucket = uniqueName('conformance');
await service.createBucket(bucket);

bucketConformance('an S3 bucket on SeaweedFS', async () => new S3Bucket(bucket, service), {
  refusesPathParents: false,
  hasVisibleDirectories: true,
  bodyMaxBytes: 9 * MIB,
  // Puts that meet wait for each other for seconds there.
  racers: 8,
});
