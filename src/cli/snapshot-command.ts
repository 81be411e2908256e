import { kafkaConnection } from '../core/config/kafka-options.ts';
import { required, withDefault } from '../core/config/option.ts';
import { filePath, integer, text } from '../core/config/option-types.ts';
import { KAFKA_SHAPE } from '../core/config/service-shapes.ts';
import { AppError } from '../core/errors.ts';
import { connectKafka } from '../core/kafka/connect-kafka.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { ProgressBar } from '../core/runtime/progress-bar.ts';
import { parseProjections, type Projection } from '../load/snapshot/projection.ts';
import { snapshotText } from '../load/snapshot/snapshot-text.ts';
import { takeSnapshot } from '../load/snapshot/take-snapshot.ts';
import { abortOnSignal } from './abort-on-signal.ts';
import { BUCKET_ACCESS_OPTIONS, openNamedBucket } from './bucket-access.ts';
import type { CliHost } from './cli-host.ts';
import { defineCommand } from './command.ts';
import { writeOutput } from './write-output.ts';

/** `bss snapshot`: projections as rows of their source. */
export const snapshotCommand = defineCommand({
  description:
    'Takes a snapshot of projections in MongoDB for an initial load: notes how far the group that writes them is, reads ' +
    'their PUBLIC documents, and writes them as JSON lines, names and casts mapped back. The manifest comes last; `bss ' +
    'offsets plan --to-snapshot` reads it. One that was interrupted goes on.',
  positionals: [
    { name: 'out', doc: 'A folder of its own, which must exist, or a bucket: s3://bucket/prefix.', required: true },
  ],
  options: {
    from: required(text, { doc: 'The database: mongodb://user:password@host/database.', secret: true }),
    projections: required(filePath, { doc: 'File that says what the projections are made of (docs/snapshot.md).' }),
    group: required(text, { doc: 'The consumer group that writes the projections.' }),
    errorsMax: withDefault(integer(0, 2 ** 31 - 1), 0, { doc: 'How many documents of a projection may have no key.' }),
  },
  config: KAFKA_SHAPE,
  alsoAccepts: [BUCKET_ACCESS_OPTIONS],
  examples: [
    {
      line: 'bss snapshot /data/snapshot --from mongodb://db/bank --projections bank.yaml --group bank.updater --brokers localhost:9092',
      doc: 'Take one',
    },
  ],
  async run({ options, config, sources, positionals: { out = '' }, host }) {
    using abort = abortOnSignal(host.signals);
    const projections = readProjections(host, options.projections);
    const bucket = await openNamedBucket(out, sources);
    await using resources = new AsyncDisposableStack();
    const kafka = resources.adopt(await connectKafka(kafkaConnection(config.kafka)), (client) => client.close());
    using bar = new ProgressBar({ title: 'Snapshot', unit: 'documents', clock: host.clock, output: host.stderr });
    const manifest = await takeSnapshot(
      { url: options.from, projections, group: options.group, errorsMax: options.errorsMax },
      {
        kafka,
        bucket,
        clock: host.clock,
        signal: abort.signal,
        onProgress: (documents, projection) => bar.update(documents, { note: projection }),
      },
    );
    bar[Symbol.dispose]();
    await writeOutput(host.stdout, options.json ? `${JSON.stringify(manifest)}\n` : snapshotText(manifest, bucket.url));
    return EXIT_CODES.ok;
  },
});

function readProjections(host: CliHost, path: string): Projection[] {
  let content: string;
  try {
    content = host.readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('SNAPSHOT_PROJECTIONS_INVALID', `cannot read ${path}: ${reason}`, { subject: path, cause });
  }
  return parseProjections(content, path);
}
