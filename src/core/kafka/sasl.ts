import {
  type Connection,
  saslAuthenticateV2,
  saslHandshakeV1,
  saslOAuthBearer,
  saslPlain,
  saslScramSha,
} from '@platformatic/kafka';
import { AppError } from '../errors.ts';
import type { SaslOptions } from './connection-options.ts';
import { translateError } from './kafka-errors.ts';

/**
 * Proves to the broker at the other end who we are. Gives the milliseconds for which the broker takes that as proven;
 * 0: for ever (KIP-368).
 * @throws KAFKA_AUTHENTICATION_FAILED, KAFKA_UNAVAILABLE
 */
export async function authenticate(connection: Connection, sasl: SaslOptions, address: string): Promise<number> {
  try {
    await saslHandshakeV1.api.async(connection, sasl.mechanism);
    const response = await proof(connection, sasl);
    return Number(response.sessionLifetimeMs ?? 0n);
  } catch (error) {
    throw translateError(error, 'Authentication at', address);
  }
}

function proof(connection: Connection, sasl: SaslOptions): ReturnType<typeof saslPlain.authenticate> {
  const api = saslAuthenticateV2.api;
  switch (sasl.mechanism) {
    case 'PLAIN':
      return saslPlain.authenticate(api, connection, given(sasl, 'username'), given(sasl, 'password'));
    case 'SCRAM-SHA-256':
      return saslScramSha.authenticate(api, connection, 'SHA-256', given(sasl, 'username'), given(sasl, 'password'));
    case 'SCRAM-SHA-512':
      return saslScramSha.authenticate(api, connection, 'SHA-512', given(sasl, 'username'), given(sasl, 'password'));
    case 'OAUTHBEARER':
      return saslOAuthBearer.authenticate(api, connection, given(sasl, 'token'), {});
  }
}

function given(sasl: SaslOptions, name: 'username' | 'password' | 'token'): string {
  const value = sasl[name];
  if (value !== undefined) return value;
  throw new AppError('KAFKA_AUTHENTICATION_FAILED', `SASL ${sasl.mechanism} needs a ${name}`, {
    subject: sasl.mechanism,
    hint: `Configure the ${name}.`,
  });
}
