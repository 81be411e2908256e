import { openBucket } from '../core/bucket/open-bucket.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import { BUCKET_OPTIONS, bucketOptions, bucketProblems } from '../core/config/bucket-options.ts';
import { type ConfigShape, type ConfigSources, loadConfig } from '../core/config/load-config.ts';
import { optional } from '../core/config/option.ts';
import { text } from '../core/config/option-types.ts';
import { ALL_TABLES } from '../core/config/service-shapes.ts';

/** How a bucket is reached whose URL is a word of the command line. */
export const BUCKET_ACCESS_OPTIONS = {
  ...BUCKET_OPTIONS,
  'bucket.url': optional(text, { doc: 'Not used: the bucket is named on the command line.' }),
};

const SHAPE: ConfigShape<typeof BUCKET_ACCESS_OPTIONS> = {
  table: BUCKET_ACCESS_OPTIONS,
  otherTables: ALL_TABLES,
  check: ({ bucket }) => bucketProblems({ ...bucket, url: bucket.url ?? '' }),
};

/** The bucket, or folder, that a word of the command line names. @throws CONFIG_INVALID, BUCKET_* */
export async function openNamedBucket(url: string, sources: ConfigSources): Promise<Bucket> {
  const { bucket } = loadConfig(SHAPE, sources).config;
  return openBucket(url, bucketOptions({ ...bucket, url }));
}
