import type { Connection } from '@platformatic/kafka';
import { AppError } from '../errors.ts';
import type { SaslOptions } from './connection-options.ts';
import { translateError } from './kafka-errors.ts';
import { loadSasl } from './protocol-library.ts';

/**
 * Proves to the broker at the other end who we are. Gives the milliseconds for which the broker takes that as proven;
 * 0: for ever (KIP-368).
 * @throws KAFKA_AUTHENTICATION_FAILED, KAFKA_UNAVAILABLE
 */
export async function authenticate(connection: Connection, sasl: SaslOptions, address: string): Promise<number> {
  try {
    const codecs = await loadSasl();
    await codecs.saslHandshakeV1.api.async(connection, sasl.mechanism);
    const response = await proof(codecs, connection, sasl, address);
    return Number(response.sessionLifetimeMs ?? 0n);
  } catch (error) {
    throw translateError(error, 'Authentication at', address);
  }
}

type Codecs = Awaited<ReturnType<typeof loadSasl>>;

function proof(
  { saslAuthenticateV2, saslOAuthBearer, saslPlain, saslScramSha }: Codecs,
  connection: Connection,
  sasl: SaslOptions,
  address: string,
): ReturnType<Codecs['saslPlain']['authenticate']> {
  const api = saslAuthenticateV2.api;
  const given = (name: 'username' | 'password' | 'token'): string => sasl[name] ?? lacking(sasl, name, address);
  switch (sasl.mechanism) {
    case 'PLAIN':
      return saslPlain.authenticate(api, connection, given('username'), given('password'));
    case 'SCRAM-SHA-256':
      return saslScramSha.authenticate(api, connection, 'SHA-256', given('username'), given('password'));
    case 'SCRAM-SHA-512':
      return saslScramSha.authenticate(api, connection, 'SHA-512', given('username'), given('password'));
    case 'OAUTHBEARER':
      return saslOAuthBearer.authenticate(api, connection, given('token'), {});
  }
}

function lacking(sasl: SaslOptions, name: string, address: string): never {
  throw new AppError(
    'KAFKA_AUTHENTICATION_FAILED',
    `Authentication at ${address}: SASL ${sasl.mechanism} needs a ${name}`,
    {
      subject: address,
      hint: `Configure the ${name}.`,
    },
  );
}
