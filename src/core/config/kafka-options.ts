import type { KafkaConnectionOptions } from '../kafka/connection-options.ts';
import type { ConfigOf } from './config-of.ts';
import { optional, type Parsed, required, withDefault } from './option.ts';
import { boolean, duration, list, oneOf, text } from './option-types.ts';

/** How to reach Kafka: the same for every service, but for the name that it goes by. */
export function kafkaOptions(clientId: string) {
  return {
    'kafka.brokers': required(list('host:port', brokerAddress), {
      doc: 'Brokers to ask first; the others are found through them.',
      flags: ['brokers'],
      aliases: [{ env: 'KAFKA_BROKERS' }],
    }),
    'kafka.clientId': withDefault(text, clientId, {
      doc: "The name that the brokers' logs and quotas know this process by.",
      aliases: [{ env: 'KAFKA_CLIENT_ID' }],
    }),
    'kafka.connectTimeout': withDefault(duration('100ms', '5m'), '10s', {
      doc: 'How long connecting to a broker may take.',
    }),
    'kafka.requestTimeout': withDefault(duration('1s', '10m'), '30s', {
      doc: 'How long a broker may take to answer.',
    }),
    'kafka.tls.enabled': withDefault(boolean, false, { doc: 'Whether connections are encrypted.' }),
    'kafka.tls.ca': optional(text, {
      doc: 'Certificates of the authorities to trust (PEM, or `{file: /path}`).',
      defaultText: "the system's trust store",
      mayBeFile: true,
    }),
    'kafka.tls.certificate': optional(text, {
      doc: 'Certificate of this client (PEM, or `{file: /path}`).',
      mayBeFile: true,
    }),
    'kafka.tls.key': optional(text, { doc: 'Private key of this client (PEM, or `{file: /path}`).', secret: true }),
    'kafka.tls.rejectUnauthorized': withDefault(boolean, true, {
      doc: 'Whether a broker must prove who it is. Turn off for tests only.',
    }),
    'kafka.sasl.mechanism': optional(oneOf('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'), {
      doc: 'How this client proves who it is.',
      defaultText: 'SCRAM-SHA-256 when there is a username, otherwise none',
      aliases: [{ env: 'KAFKA_SASL_MECHANISM' }],
    }),
    'kafka.sasl.username': optional(text, {
      doc: 'User name (PLAIN and SCRAM).',
      aliases: [{ env: 'KAFKA_USERNAME' }],
    }),
    'kafka.sasl.password': optional(text, {
      doc: 'Password (PLAIN and SCRAM).',
      secret: true,
      aliases: [{ env: 'KAFKA_PASSWORD' }],
    }),
    'kafka.sasl.token': optional(text, { doc: 'Bearer token (OAUTHBEARER).', secret: true }),
  };
}

/** The section `kafka` of every configuration. */
export type KafkaConfig = ConfigOf<ReturnType<typeof kafkaOptions>>['kafka'];

/** The section `kafka` as the client takes it. */
export function kafkaConnection(kafka: KafkaConfig): KafkaConnectionOptions {
  const { tls, sasl } = kafka;
  const mechanism = sasl.mechanism ?? (sasl.username === undefined ? undefined : 'SCRAM-SHA-256');
  return {
    bootstrapServers: kafka.brokers,
    clientId: kafka.clientId,
    connectTimeoutMs: kafka.connectTimeoutMs,
    requestTimeoutMs: kafka.requestTimeoutMs,
    tls: tls.enabled
      ? { ca: tls.ca, certificate: tls.certificate, key: tls.key, rejectUnauthorized: tls.rejectUnauthorized }
      : undefined,
    sasl:
      mechanism === undefined
        ? undefined
        : { mechanism, username: sasl.username, password: sasl.password, token: sasl.token },
  };
}

/** What is wrong between the options of this section. */
export function kafkaProblems(kafka: KafkaConfig): { readonly path: string; readonly problem: string }[] {
  const { tls, sasl } = kafka;
  const problems = [];
  const mechanism = kafkaConnection(kafka).sasl?.mechanism;
  if (mechanism === 'OAUTHBEARER' && sasl.token === undefined) {
    problems.push({ path: 'kafka.sasl.mechanism', problem: 'needs kafka.sasl.token when it is OAUTHBEARER' });
  }
  if (mechanism !== undefined && mechanism !== 'OAUTHBEARER') {
    if (sasl.username === undefined) {
      problems.push({ path: 'kafka.sasl.mechanism', problem: `needs kafka.sasl.username when it is ${mechanism}` });
    }
    if (sasl.password === undefined) {
      problems.push({ path: 'kafka.sasl.password', problem: `is required with the mechanism ${mechanism}` });
    }
  }
  if (mechanism === undefined && sasl.password !== undefined) {
    problems.push({ path: 'kafka.sasl.password', problem: 'needs kafka.sasl.username beside it' });
  }
  if (!tls.enabled && (tls.ca !== undefined || tls.certificate !== undefined || tls.key !== undefined)) {
    problems.push({ path: 'kafka.tls.enabled', problem: 'must be true when certificates are given' });
  }
  if ((tls.certificate === undefined) !== (tls.key === undefined)) {
    problems.push({ path: 'kafka.tls.certificate', problem: 'and kafka.tls.key must be given together' });
  }
  return problems;
}

function brokerAddress(item: string): Parsed<string> {
  const match = /^(?:\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):(\d{1,5})$/.exec(item);
  const port = Number(match?.[1] ?? 0);
  return port >= 1 && port <= 65_535 ? { value: item } : { problem: 'must be host:port' };
}
