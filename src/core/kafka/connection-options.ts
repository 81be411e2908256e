/** How to reach a cluster. */
export interface KafkaConnectionOptions {
  /** `host:port`, one or more. */
  readonly bootstrapServers: readonly string[];
  /** What the brokers' logs and quotas know us by. */
  readonly clientId: string;
  readonly tls?: TlsOptions | undefined;
  readonly sasl?: SaslOptions | undefined;
  /** For connecting, TLS, greeting and authentication together, per connection. */
  readonly connectTimeoutMs: number;
  /** For one answer. What failed in passing is repeated for up to twice as long. */
  readonly requestTimeoutMs: number;
}

/** Encryption, and by what the two sides know each other. */
export interface TlsOptions {
  /** PEM texts. Absent `ca`: the system's trust store. */
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly rejectUnauthorized: boolean;
}

/** How we prove who we are: a user and password, or (OAUTHBEARER) a token. */
export interface SaslOptions {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER';
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}
