/** How to reach an S3 store; what is absent is found by the AWS SDK's usual chain (environment, profile, instance role). */
export interface S3Options {
  /** Of a store that is not AWS: `https://host:port`. */
  readonly endpoint?: string | undefined;
  /** Default with an endpoint: `us-east-1`, which such stores take. */
  readonly region?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. Default: true with an endpoint, false without. */
  readonly forcePathStyle?: boolean | undefined;
  /** A larger body is put in parts. One put is what every store makes conditional rightly, so the default is high: 512 MiB. */
  readonly multipartThresholdBytes?: number | undefined;
  /** Size of such a part, 5 MiB or more. Default 64 MiB. */
  readonly partSizeBytes?: number | undefined;
  /** Connections kept open at most. Default 64. */
  readonly connectionsMax?: number | undefined;
  /** Default 5,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** For a request without its body; a body may take a second more for each MiB. Default 30,000. */
  readonly requestTimeoutMs?: number | undefined;
}
