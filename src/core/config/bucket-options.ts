import type { BucketOptions } from '../bucket/open-bucket.ts';
import type { ConfigOf } from './config-of.ts';
import { type Environment, optional, type Parsed, required, withDefault } from './option.ts';
import { boolean, duration, integer, text } from './option-types.ts';

/** Where the archive is. */
export const BUCKET_OPTIONS = {
  'bucket.url': required(text, {
    doc: 'The bucket: `s3://name/prefix`, or `file:///directory`.',
    flags: ['bucket'],
    aliases: [{ env: 'BUCKET_NAME', convert: bucketUrl }],
  }),
  'bucket.region': optional(text, {
    doc: 'Region of an S3 bucket.',
    defaultText: 'as the AWS SDK finds it (`AWS_REGION`, profile)',
    aliases: [{ env: 'BUCKET_REGION' }],
  }),
  'bucket.endpoint': optional(text, {
    doc: 'URL of an S3-compatible store.',
    defaultText: "AWS's endpoint of the region",
    aliases: [{ env: 'BUCKET_ENDPOINT' }],
  }),
  'bucket.accessKeyId': optional(text, {
    doc: 'Access key of an S3 bucket.',
    defaultText: 'as the AWS SDK finds it (variables, profile, instance role)',
    aliases: [{ env: 'S3_KEY_ID' }],
  }),
  'bucket.secretAccessKey': optional(text, {
    doc: 'Secret key that belongs to the access key.',
    secret: true,
    aliases: [{ env: 'S3_KEY' }],
  }),
  'bucket.sessionToken': optional(text, { doc: 'Session token of temporary credentials.', secret: true }),
  'bucket.pathStyle': optional(boolean, {
    doc: 'Whether the bucket is named in the path rather than the host of the URL.',
    defaultText: 'true when `bucket.endpoint` is given, otherwise false',
  }),
  'bucket.requestsMax': withDefault(integer(1, 1000), 32, {
    doc: 'Requests to the store that may be open at once.',
  }),
  'bucket.connectTimeout': withDefault(duration('100ms', '5m'), '5s', {
    doc: 'How long connecting to the store may take.',
  }),
  'bucket.requestTimeout': withDefault(duration('1s', '30m'), '30s', {
    doc: 'How long the store may take to answer one request, a second more for each MiB of its body.',
  }),
};

/** The section `bucket` of every configuration. */
export type BucketConfig = ConfigOf<typeof BUCKET_OPTIONS>['bucket'];

/** The section `bucket` as `openBucket` takes it, beside the URL. */
export function bucketOptions(bucket: BucketConfig): BucketOptions & { readonly s3: NonNullable<BucketOptions['s3']> } {
  const { region, endpoint, accessKeyId, secretAccessKey, sessionToken, requestsMax } = bucket;
  return {
    concurrencyMax: requestsMax,
    s3: {
      endpoint,
      region,
      accessKeyId,
      secretAccessKey,
      sessionToken,
      forcePathStyle: bucket.pathStyle,
      connectionsMax: requestsMax,
      connectTimeoutMs: bucket.connectTimeoutMs,
      requestTimeoutMs: bucket.requestTimeoutMs,
    },
  };
}

/** What is wrong between the options of this section. */
export function bucketProblems(bucket: BucketConfig): { readonly path: string; readonly problem: string }[] {
  const problems = [];
  if (bucket.accessKeyId !== undefined && bucket.secretAccessKey === undefined) {
    problems.push({ path: 'bucket.accessKeyId', problem: 'needs bucket.secretAccessKey beside it' });
  }
  if (bucket.secretAccessKey !== undefined && bucket.accessKeyId === undefined) {
    problems.push({ path: 'bucket.secretAccessKey', problem: 'needs bucket.accessKeyId beside it' });
  }
  if (bucket.endpoint !== undefined && !/^https?:\/\/[^/]/.test(bucket.endpoint)) {
    problems.push({ path: 'bucket.endpoint', problem: 'must be a URL that starts with http:// or https://' });
  }
  return problems;
}

/** The mirrored system names bucket and kind apart. */
function bucketUrl(name: string, env: Environment): Parsed<string> {
  const kind = env['BUCKET_TYPE'];
  if (name.includes('://')) return { value: name };
  if (kind === 's3') return { value: `s3://${name}` };
  if (kind === 'google') return { value: `gs://${name}` };
  return { problem: `needs BUCKET_TYPE to be s3 or google, not ${kind === undefined ? 'unset' : `"${kind}"`}` };
}
