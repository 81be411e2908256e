import { AppError } from '../../../core/errors.ts';
import type { ConnectorConfig } from '../connect-api.ts';
import { notificationTopicOf } from './load-by-snapshot.ts';
import type { LoadContext } from './load-method.ts';

/** What the connector must have for a signal to be understood, and its end to be seen. */
export interface SignalChannel {
  readonly signalTopic: string;
  readonly notificationTopic: string;
  readonly prefix: string;
  /** `public.debezium_signal`; undefined when the connector needs none. */
  readonly signalTable: string | undefined;
}

/** As `channelOf`, and the topics exist: a missing one would be noticed by nobody. */
export async function checkedChannel({ connector, kafka }: LoadContext, live: ConnectorConfig): Promise<SignalChannel> {
  const channel = channelOf(connector, live);
  const [signals] = await kafka.describeTopics([channel.signalTopic, channel.notificationTopic]);
  if (signals?.partitionCount === 1) return channel;
  throw new AppError('DEPLOY_CDC_REFUSED', `topic ${channel.signalTopic} has more than one partition`, {
    subject: channel.signalTopic,
    hint: 'Debezium reads signals from partition 0 alone: let `signal.kafka.topic` be a topic of one partition.',
  });
}

/** @throws DEPLOY_CDC_REFUSED with everything that the connector lacks */
export function channelOf(connector: string, live: ConnectorConfig): SignalChannel {
  const { channel, missing } = channelIn(live);
  if (channel !== undefined) return channel;
  throw new AppError(
    'DEPLOY_CDC_REFUSED',
    `connector ${connector} cannot be asked by signals: it lacks ${missing.join(', ')}`,
    {
      subject: connector,
      hint: 'Add that to the connector (docs/cdc.md), or load with `cdc.load: resnapshot`.',
    },
  );
}

/** The channel, or what the connector lacks of one. */
export function channelIn(live: ConnectorConfig): {
  readonly channel: SignalChannel | undefined;
  readonly missing: readonly string[];
} {
  const channels = (live['signal.enabled.channels'] ?? 'source').split(',').map((channel) => channel.trim());
  const prefix = live['topic.prefix'] ?? '';
  const notificationTopic = notificationTopicOf(live);
  const signalTable = live['signal.data.collection'];
  const missing = [
    ...(channels.includes('kafka') ? [] : ['signal.enabled.channels=source,kafka']),
    ...(signalTable === undefined && live['read.only'] !== 'true' ? ['signal.data.collection'] : []),
    ...(live['signal.kafka.bootstrap.servers'] === undefined ? ['signal.kafka.bootstrap.servers'] : []),
    ...(notificationTopic === undefined ? ['notification.enabled.channels=sink and notification.sink.topic.name'] : []),
  ];
  if (missing.length > 0 || notificationTopic === undefined) return { channel: undefined, missing };
  const signalTopic = live['signal.kafka.topic'] ?? `${prefix}-signal`;
  return { channel: { signalTopic, notificationTopic, prefix, signalTable }, missing };
}
