import { AppError, isAppError } from '../errors.ts';
import type { KafkaConnectionOptions } from './connection-options.ts';

/** What a connection was doing when it broke: decides what the reader should look at. */
export type ConnectionPhase = 'connecting' | 'greeting' | 'authenticating' | 'ready';

/** The operating error for a socket that could not be opened, or that broke. `address` is `host:port`. */
export function connectionError(
  cause: unknown,
  address: string,
  phase: ConnectionPhase,
  options: KafkaConnectionOptions,
): AppError {
  if (isAppError(cause)) return cause;
  const { code } = (cause ?? {}) as { code?: unknown };
  const reason = cause instanceof Error ? cause.message : 'the broker closed the connection';
  const message =
    phase === 'connecting'
      ? `Cannot connect to Kafka at ${address}: ${reason}`
      : `Lost the connection to ${address}: ${reason}`;
  if (typeof code === 'string' && isCertificateError(code)) {
    const hint = "The broker's certificate is not trusted: give the CA that signed it, and a host name that it names.";
    return new AppError('KAFKA_AUTHENTICATION_FAILED', message, { subject: address, hint, cause });
  }
  const hint = hintFor(typeof code === 'string' ? code : '', phase, options);
  return new AppError('KAFKA_UNAVAILABLE', message, { subject: address, hint, cause });
}

function isCertificateError(code: string): boolean {
  return code.includes('CERT') || code.includes('SELF_SIGNED') || code.includes('ISSUER');
}

/** The connection, or the greeting on it, took longer than the connect timeout. */
export function connectTimeoutError(address: string, options: KafkaConnectionOptions): AppError {
  return new AppError(
    'KAFKA_UNAVAILABLE',
    `Cannot connect to Kafka at ${address}: no answer within ${options.connectTimeoutMs} ms`,
    {
      subject: address,
      hint: 'Check host and port, that a firewall lets the connection through, and that the listener is one for clients.',
    },
  );
}

function hintFor(code: string, phase: ConnectionPhase, options: KafkaConnectionOptions): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'The host name cannot be resolved: check bootstrap servers and DNS.';
  if (code === 'ECONNREFUSED') return 'Nothing listens there: check host and port, and that the broker runs.';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'There is no network route to the host.';
  if (options.tls !== undefined && phase === 'connecting') {
    return 'TLS is configured: check that this port is a TLS listener, and the certificates.';
  }
  if (phase === 'greeting' || phase === 'authenticating') return securityHint(options);
  return 'The broker went away; the operation can be repeated.';
}

function securityHint(options: KafkaConnectionOptions): string {
  if (options.tls === undefined && options.sasl === undefined) {
    return 'The listener may want TLS or SASL: check the security settings and the port.';
  }
  if (options.tls === undefined) return 'The listener may want TLS: check the security settings and the port.';
  return 'Check that the port is that of a Kafka listener with these security settings.';
}

/** The first bytes of an answer show that the other side does not speak plain Kafka. */
export function notKafkaError(firstBytes: Uint8Array, address: string): AppError {
  const isTls = (firstBytes[0] ?? 0) >= 0x14 && (firstBytes[0] ?? 0) <= 0x17 && firstBytes[1] === 0x03;
  return isTls
    ? new AppError('KAFKA_AUTHENTICATION_FAILED', `Cannot connect to Kafka at ${address}: the listener speaks TLS`, {
        subject: address,
        hint: 'Configure TLS for this cluster, or use the port of a plain-text listener.',
      })
    : new AppError(
        'KAFKA_UNAVAILABLE',
        `Cannot connect to Kafka at ${address}: what listens there is not a Kafka broker`,
        {
          subject: address,
          hint: 'Check host and port: the answer is no Kafka response.',
        },
      );
}
