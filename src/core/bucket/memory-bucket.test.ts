import { bucketConformance } from './conformance.ts';
import { MemoryBucket } from './memory-bucket.ts';

const bucket = new MemoryBucket('conformance');

bucketConformance('a memory bucket', async () => bucket, { refusesPathParents: true, bodyMaxBytes: 9_000_000 });
