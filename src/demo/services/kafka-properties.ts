/** The listeners of a test or demo broker. All are on 127.0.0.1. */
export interface KafkaPorts {
  readonly plain: number;
  readonly controller: number;
}

/** The further listeners of a broker that asks who its clients are. */
export interface SecurePorts {
  /** SASL without encryption. */
  readonly sasl: number;
  /** TLS without authentication. */
  readonly tls: number;
  /** SASL over TLS. */
  readonly saslTls: number;
}

/** What the further listeners need: their ports, who may come in, and the broker's certificate. */
export interface KafkaSecurity {
  readonly ports: SecurePorts;
  /** Passwords by user name. */
  readonly users: Readonly<Record<string, string>>;
  /** A PKCS12 key store with the broker's key and certificate. */
  readonly keyStorePath: string;
  readonly keyStorePassword: string;
}

/**
 * The configuration of a single node that is broker and controller at once, with one replica of everything and no
 * delays that only make sense in production. Nothing expires unless a topic says so: what tests and the demo write may
 * have timestamps of years ago.
 */
export function kafkaProperties(
  dataDirectory: string,
  ports: KafkaPorts,
  security: KafkaSecurity | undefined,
  overrides: Readonly<Record<string, string>>,
): string {
  const listeners = [`PLAINTEXT://127.0.0.1:${ports.plain}`, ...secureListeners(security)];
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: [...listeners, `CONTROLLER://127.0.0.1:${ports.controller}`].join(','),
    'advertised.listeners': listeners.join(','),
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map':
      'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,SASLTLS:SASL_SSL',
    'log.dirs': dataDirectory,
    'log.retention.ms': '-1',
    'log.cleaner.dedupe.buffer.size': String(16 * 1024 * 1024),
    'num.partitions': '1',
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    ...securityProperties(security),
    ...overrides,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function secureListeners(security: KafkaSecurity | undefined): string[] {
  if (security === undefined) return [];
  const { sasl, tls, saslTls } = security.ports;
  return [`SASL://127.0.0.1:${sasl}`, `TLS://127.0.0.1:${tls}`, `SASLTLS://127.0.0.1:${saslTls}`];
}

function securityProperties(security: KafkaSecurity | undefined): Record<string, string> {
  if (security === undefined) return {};
  const users = Object.entries(security.users).map(([name, password]) => ` user_${name}="${password}"`);
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required${users.join('')};`;
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const properties: Record<string, string> = {};
  for (const listener of ['sasl', 'sasltls']) {
    const prefix = `listener.name.${listener}`;
    properties[`${prefix}.sasl.enabled.mechanisms`] = 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512';
    properties[`${prefix}.plain.sasl.jaas.config`] = plain;
    properties[`${prefix}.scram-sha-256.sasl.jaas.config`] = scram;
    properties[`${prefix}.scram-sha-512.sasl.jaas.config`] = scram;
  }
  for (const listener of ['tls', 'sasltls']) {
    const prefix = `listener.name.${listener}`;
    properties[`${prefix}.ssl.keystore.type`] = 'PKCS12';
    properties[`${prefix}.ssl.keystore.location`] = security.keyStorePath;
    properties[`${prefix}.ssl.keystore.password`] = security.keyStorePassword;
    properties[`${prefix}.ssl.key.password`] = security.keyStorePassword;
  }
  return properties;
}
