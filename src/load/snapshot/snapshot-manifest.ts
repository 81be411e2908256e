import type { Bucket } from '../../core/bucket/bucket.ts';
import { AppError } from '../../core/errors.ts';
import type { FieldReport } from './restore-document.ts';

/** Version of the files of a snapshot. */
export const SNAPSHOT_VERSION = 'bss-snapshot/1';

/** What a snapshot is of: written before anything is read. */
export interface SnapshotStart {
  readonly version: typeof SNAPSHOT_VERSION;
  /** ISO 8601, UTC: before the offsets were read. */
  readonly takenAt: string;
  /** The database's URL without user and password. */
  readonly database: string;
  readonly offsets: SnapshotOffsets;
  /** Name, collection, topics, primary key and field rules of each projection, as they were given. */
  readonly projections: readonly unknown[];
}

/** How far the updater of the projections was, before they were read: all that is older is in them. */
export interface SnapshotOffsets {
  readonly group: string;
  readonly partitions: readonly SnapshotOffset[];
}

/** One of them. */
export interface SnapshotOffset {
  readonly topic: string;
  readonly partition: number;
  /** Decimal. */
  readonly offset: string;
  /** False: the group has committed nothing here, so this is where the log begins. */
  readonly committed: boolean;
}

/** An object of JSON lines, zstd, and how far the reading was when it was complete. */
export interface SnapshotPart {
  readonly key: string;
  readonly rows: number;
  /** Of the object. */
  readonly bytes: number;
  /** Of the object, hexadecimal. */
  readonly sha256: string;
  /** Canonical extended JSON. */
  readonly lastId: string;
  /** From here on they are sums over this part and all before it. */
  readonly documents: number;
  readonly refused: number;
  /** The first hundred. */
  readonly refusedDocuments: readonly RefusedDocument[];
  readonly fields: FieldReport;
}

/** A document that has no key in the source. */
export interface RefusedDocument {
  /** Canonical extended JSON. */
  readonly id: string;
  readonly reason: string;
}

/** What became of a projection. */
export interface SnapshotProjection {
  readonly name: string;
  readonly collection: string;
  readonly topics: readonly string[];
  readonly primaryKeys: readonly string[];
  /** Documents in the state PUBLIC that were read. */
  readonly documents: number;
  /** Those that became a row. */
  readonly rows: number;
  readonly refused: number;
  readonly refusedDocuments: readonly RefusedDocument[];
  readonly fields: FieldReport;
  readonly parts: readonly Pick<SnapshotPart, 'key' | 'rows' | 'bytes' | 'sha256'>[];
}

/** The manifest, `manifest.json`: written last, so where it is the snapshot is whole. */
export interface SnapshotManifest extends Omit<SnapshotStart, 'projections'> {
  readonly finishedAt: string;
  readonly rows: number;
  readonly projections: readonly SnapshotProjection[];
}

const START_KEY = 'snapshot.json';
const MANIFEST_KEY = 'manifest.json';

/** Keeps what the first caller says; gives what is kept. */
export async function claimStart(bucket: Bucket, start: SnapshotStart): Promise<SnapshotStart> {
  await bucket.put(START_KEY, [json(start)], { contentType: 'application/json' });
  return checked(await bucket.get(START_KEY), bucket, START_KEY) as SnapshotStart;
}

/** The start of a snapshot that was begun; undefined when none was. */
export async function readStart(bucket: Bucket): Promise<SnapshotStart | undefined> {
  if ((await bucket.head(START_KEY)) === undefined) return undefined;
  return checked(await bucket.get(START_KEY), bucket, START_KEY) as SnapshotStart;
}

/** The manifest; undefined when the snapshot is not whole. @throws SNAPSHOT_DAMAGED */
export async function readManifest(bucket: Bucket): Promise<SnapshotManifest | undefined> {
  if ((await bucket.head(MANIFEST_KEY)) === undefined) return undefined;
  return checked(await bucket.get(MANIFEST_KEY), bucket, MANIFEST_KEY) as SnapshotManifest;
}

/** The manifest of a snapshot that must be whole. @throws SNAPSHOT_DAMAGED */
export async function requireManifest(bucket: Bucket): Promise<SnapshotManifest> {
  const manifest = await readManifest(bucket);
  if (manifest !== undefined) return manifest;
  throw new AppError('SNAPSHOT_DAMAGED', `${bucket.url} has no ${MANIFEST_KEY}`, {
    subject: bucket.url,
    hint: 'Where the snapshot was interrupted, run `bss snapshot` again: it goes on.',
  });
}

/** Ends a snapshot. */
export async function writeManifest(bucket: Bucket, manifest: SnapshotManifest): Promise<void> {
  await bucket.put(MANIFEST_KEY, [json(manifest)], { contentType: 'application/json' });
}

/** Files are for people, too. */
export function json(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}

function checked(bytes: Uint8Array, bucket: Bucket, key: string): { readonly version: string } {
  try {
    // Written by this file.
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly version: string };
    if (value.version === SNAPSHOT_VERSION) return value;
  } catch (cause) {
    throw damaged(bucket, key, 'it is not JSON', cause);
  }
  throw damaged(bucket, key, `it is not of version ${SNAPSHOT_VERSION}`);
}

function damaged(bucket: Bucket, key: string, reason: string, cause?: unknown): AppError {
  return new AppError('SNAPSHOT_DAMAGED', `${bucket.url}/${key} cannot be used: ${reason}`, { subject: key, cause });
}
