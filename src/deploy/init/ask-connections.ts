import { STORER_OPTIONS } from '../../core/config/storer-options.ts';
import type { RawValue } from '../../core/config/option.ts';
import { topicNameProblem } from '../../core/config/topic-name.ts';
import type { DeploymentMode } from '../facts/deployment-facts.ts';
import { askList, askOptional, askWhether, type Interviewer, listOf } from './interviewer.ts';

/** A section of the file, as it will be written. */
export type Section = Readonly<Record<string, unknown>>;

/** Names of the topics of a cluster, given the section `kafka`; undefined when it cannot be reached. */
export type TopicsOf = (kafka: Section) => Promise<readonly string[] | undefined>;

/** What is asked for in every deployment. */
export interface ConnectionAnswers {
  readonly bss: Section;
  readonly topics: readonly string[];
  readonly runtime: Section;
}

/** Asks how Kafka and the bucket are reached, what is archived, and where the services run. */
export async function askConnections(
  interviewer: Interviewer,
  { name, mode, topicsOf }: { readonly name: string; readonly mode: DeploymentMode; readonly topicsOf: TopicsOf },
): Promise<ConnectionAnswers> {
  const kafka = await askKafka(interviewer);
  const topics = await askTopics(interviewer, await topicsOf(kafka));
  const suffix =
    mode === 'parallel'
      ? undefined
      : await interviewer.ask({
          key: 'postIngestionSuffix',
          message: 'What is added to the name of a topic for the one that its consumers will read?',
          why: 'In sequential mode every record is forwarded there once it is in the bucket.',
          initial: '.archived',
        });
  const bucket = await askBucket(interviewer);
  const storer = {
    groupId: await interviewer.ask({
      key: 'storer.groupId',
      message: 'Which consumer group is the Storer?',
      initial: `${name}-storer`,
    }),
    topics: topics.map((topic) => (suffix === undefined ? topic : { topic, postIngestion: [topic + suffix] })),
    eventsTopic: await askOptional(interviewer, {
      key: 'storer.eventsTopic',
      message: 'On which topic is each stored file announced? Leave it empty for none.',
      check: optionCheck('storer.eventsTopic'),
    }),
  };
  return { bss: { kafka, bucket, storer }, topics, runtime: await askRuntime(interviewer, name) };
}

async function askKafka(interviewer: Interviewer): Promise<Section> {
  const brokers = await askList(interviewer, {
    key: 'kafka.brokers',
    message: 'Which brokers are asked first? host:port, with commas between them',
    initial: 'localhost:9092',
    check: optionCheck('kafka.brokers'),
  });
  const enabled = await askWhether(interviewer, {
    key: 'kafka.tls.enabled',
    message: 'Are connections to Kafka encrypted (TLS)?',
    initial: 'no',
  });
  const tls = enabled ? { tls: { enabled, ...(await askAuthority(interviewer, 'kafka.tls.ca')) } } : {};
  const mechanism = await interviewer.ask({
    key: 'kafka.sasl.mechanism',
    message: 'How does bss prove to Kafka who it is?',
    choices: ['none', 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'].map((value) => ({ value, label: value })),
    initial: 'none',
  });
  if (mechanism === 'none') return { brokers, ...tls };
  const username = await interviewer.ask({
    key: 'kafka.sasl.username',
    message: 'As which user? The password will be taken from the variable KAFKA_PASSWORD.',
  });
  return { brokers, ...tls, sasl: { mechanism, username, password: '${KAFKA_PASSWORD}' } };
}

/** Which authority certifies the other side: a part of a section's `tls`, empty when the system knows it. */
export async function askAuthority(interviewer: Interviewer, key: string): Promise<Section> {
  const file = await askOptional(interviewer, {
    key,
    message: 'Which file has the certificates of its authority? Leave it empty if this system trusts it.',
  });
  return file === undefined ? {} : { ca: { file } };
}

function askTopics(interviewer: Interviewer, known: readonly string[] | undefined): Promise<string[]> {
  // Topics of Kafka itself and of Kafka Connect are never what is to be archived.
  const visible = known?.filter((topic) => !topic.startsWith('_')) ?? [];
  return askList(interviewer, {
    key: 'topics',
    message: 'Which topics are archived?',
    why:
      known === undefined
        ? 'Kafka cannot be reached from here, so they cannot be listed: names, with commas between them.'
        : undefined,
    choices: visible.length > 0 ? visible.map((topic) => ({ value: topic, label: topic })) : undefined,
    check: (answer) => {
      const topics = listOf(answer);
      return topics.length === 0 ? 'must be at least one topic' : topics.map(topicNameProblem).find(Boolean);
    },
  });
}

async function askBucket(interviewer: Interviewer): Promise<Section> {
  const url = await interviewer.ask({
    key: 'bucket.url',
    message: 'Where is the bucket? s3://name/prefix, or file:///directory',
    check: (answer) =>
      /^(s3:\/\/[^/]|file:\/\/\/)/.test(answer) ? undefined : 'must begin with s3://name or file:///directory',
  });
  if (!url.startsWith('s3:')) return { url };
  const endpoint = await askOptional(interviewer, {
    key: 'bucket.endpoint',
    message: 'At which address, if it is not AWS? Leave it empty for AWS.',
    check: (answer) => (URL.canParse(answer) ? undefined : 'must be a URL such as http://minio:9000'),
  });
  const isKeyed = await askWhether(interviewer, {
    key: 'bucket.keys',
    message: 'Are access keys needed? They will be taken from S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.',
    why: 'Without, they are found as the AWS SDK does: instance role, profile, AWS_* variables.',
    initial: endpoint === undefined ? 'no' : 'yes',
  });
  const keys = isKeyed ? { accessKeyId: '${S3_ACCESS_KEY_ID}', secretAccessKey: '${S3_SECRET_ACCESS_KEY}' } : {};
  return { url, ...(endpoint !== undefined && { endpoint, region: 'us-east-1' }), ...keys };
}

async function askRuntime(interviewer: Interviewer, name: string): Promise<Section> {
  const type = await interviewer.ask({
    key: 'runtime.type',
    message: 'Where are Storer and Reloader to run?',
    choices: [
      { value: 'local', label: 'Processes of this machine' },
      { value: 'compose', label: 'Docker Compose' },
      { value: 'kubernetes', label: 'Kubernetes' },
    ],
    initial: 'local',
  });
  if (type === 'local') return { type };
  const image = await interviewer.ask({
    key: 'runtime.image',
    message: 'Which container image?',
    initial: 'bss:latest',
  });
  if (type === 'compose') return { type, image };
  const namespace = await interviewer.ask({
    key: 'runtime.namespace',
    message: 'In which namespace?',
    initial: name,
  });
  return { type, image, namespace, storerReplicas: 1, reloaderReplicas: 1 };
}

/** The check of an option of the Storer, for a text. */
function optionCheck(path: keyof typeof STORER_OPTIONS): (answer: string) => string | undefined {
  const { type } = STORER_OPTIONS[path];
  return (answer) => {
    const raw: RawValue = type.fromText?.(answer) ?? answer;
    const parsed = type.parse(raw);
    return 'problem' in parsed ? parsed.problem : undefined;
  };
}
