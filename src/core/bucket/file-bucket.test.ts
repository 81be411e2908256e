import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { bucketConformance } from './conformance.ts';
import { openFileBucket } from './file-bucket.ts';

const root = await mkdtemp(join(tmpdir(), 'bss-bucket-'));
after(() => rm(root, { recursive: true }));

bucketConformance('a directory bucket', () => openFileBucket(root), { refusesPathParents: true, bodyMaxBytes: 9_000_000 });
