/** How to reach a cluster. Passed through to the client library. */
export interface KafkaConnectionOptions {
  /** `host:port`, one or more. */
  readonly bootstrapServers: readonly string[];
  readonly clientId: string;
  readonly tls?: TlsOptions | undefined;
  readonly sasl?: SaslOptions | undefined;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

export interface TlsOptions {
  /** PEM texts. Absent `ca`: the system's trust store. */
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly rejectUnauthorized: boolean;
}

export interface SaslOptions {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER';
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}
