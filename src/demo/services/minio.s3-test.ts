import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startMinio } from './minio.ts';
import { answersGet } from './s3-service.ts';
import { startSeaweedfs } from './seaweedfs.ts';

for (const [name, start] of [
  ['MinIO', startMinio],
  ['SeaweedFS', startSeaweedfs],
] as const) {
  test(`${name} starts, makes a bucket, refuses strangers, and is gone when stopped`, async (t) => {
    const service = await start();
    t.after(() => service.stop());
    await service.createBucket('archive');
    const stranger = await fetch(`${service.endpoint}/archive`, { signal: AbortSignal.timeout(5_000) });
    assert.equal(stranger.status, 403);
    await service.stop();
    assert.equal(await answersGet(service.endpoint), false);
  });
}
