import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';

import type { Bucket } from '../../core/bucket/bucket.ts';
import { isAppError } from '../../core/errors.ts';
import { requireManifest, type SnapshotManifest } from './snapshot-manifest.ts';

const decompress = promisify(zstdDecompress);
const LINE_FEED = 10;

/** What a check of a snapshot came to. */
export interface SnapshotCheck {
  readonly manifest: SnapshotManifest;
  readonly partsRead: number;
  /** One line each; none: the snapshot is what its manifest says. */
  readonly findings: readonly string[];
}

/** Reads every part of a snapshot again and compares it with the manifest. @throws SNAPSHOT_DAMAGED, BUCKET_* */
export async function verifySnapshot(bucket: Bucket): Promise<SnapshotCheck> {
  const manifest = await requireManifest(bucket);
  const findings: string[] = [];
  let partsRead = 0;
  for (const { name, rows, parts } of manifest.projections) {
    const sum = parts.reduce((total, part) => total + part.rows, 0);
    if (sum !== rows) findings.push(`${name}: its parts have ${sum} rows, the projection ${rows}`);
    for (const part of parts) {
      partsRead++;
      const finding = await checkPart(bucket, part);
      if (finding !== undefined) findings.push(`${part.key}: ${finding}`);
    }
  }
  return { manifest, partsRead, findings };
}

type Part = SnapshotManifest['projections'][number]['parts'][number];

async function checkPart(bucket: Bucket, part: Part): Promise<string | undefined> {
  let body: Uint8Array;
  try {
    body = await bucket.get(part.key);
  } catch (error) {
    if (isAppError(error, 'BUCKET_OBJECT_MISSING')) return 'it is missing';
    throw error;
  }
  const sha256 = createHash('sha256').update(body).digest('hex');
  if (sha256 !== part.sha256) return `its SHA-256 is ${sha256}, the manifest says ${part.sha256}`;
  const lines = await decompress(body);
  let rows = 0;
  for (let at = lines.indexOf(LINE_FEED); at >= 0; at = lines.indexOf(LINE_FEED, at + 1)) rows++;
  return rows === part.rows ? undefined : `it has ${rows} rows, the manifest says ${part.rows}`;
}
