import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Options } from './s3-options.ts';

const CONNECTIONS_MAX = 64;
const CONNECT_TIMEOUT_MS = 5_000;

/** The SDK's own is the console, which it tells of every failed put of a stream. We return errors; whoever handles one logs it. */
const SILENT_LOGGER = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * A client of the SDK that leaves repetition, checksums and logging to us, on connections that are kept open.
 * @param idleMaxMs how long a connection may be silent within a request
 */
export function s3Client(options: S3Options, idleMaxMs: number): S3Client {
  const { endpoint, accessKeyId, secretAccessKey, sessionToken } = options;
  const region = options.region ?? (endpoint === undefined ? undefined : 'us-east-1');
  const agentOptions = { keepAlive: true, maxSockets: options.connectionsMax ?? CONNECTIONS_MAX };
  const config: S3ClientConfig = {
    forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // The SDK would give every such request a connection of its own.
    expectContinueHeader: false,
    logger: SILENT_LOGGER,
    requestHandler: {
      connectionTimeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      socketTimeout: idleMaxMs,
      httpAgent: new HttpAgent(agentOptions),
      httpsAgent: new HttpsAgent(agentOptions),
    },
  };
  if (region !== undefined) config.region = region;
  if (endpoint !== undefined) config.endpoint = endpoint;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    config.credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }
  return new S3Client(config);
}
