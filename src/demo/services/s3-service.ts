/** A running S3 server on 127.0.0.1. It never outlives this process, and does not keep it alive. */
export interface S3Service {
  readonly name: string;
  /** `http://127.0.0.1:port`; buckets are addressed by path. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly createBucket: (name: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Where an S3 server is and who may use it. */
export type S3Location = Pick<S3Service, 'endpoint' | 'region' | 'accessKeyId' | 'secretAccessKey'>;

/** Creates a bucket on an S3 server that addresses buckets by path. */
export async function createS3Bucket(location: S3Location, name: string): Promise<void> {
  const { S3Client, CreateBucketCommand } = await import('@aws-sdk/client-s3');
  const { endpoint, region, accessKeyId, secretAccessKey } = location;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: name }));
  } finally {
    client.destroy();
  }
}

/** True when a server answers GET with a status below 300. */
export async function answersGet(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
