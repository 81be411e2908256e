import { BUCKET_OPTIONS, bucketOptions, bucketProblems } from '../core/config/bucket-options.ts';
import { kafkaConnection, kafkaOptions, kafkaProblems } from '../core/config/kafka-options.ts';
import { type ConfigShape, loadConfig } from '../core/config/load-config.ts';
import { optional, type OptionTable, withDefault } from '../core/config/option.ts';
import { boolean, filePath, integer, list, oneOf, size, text } from '../core/config/option-types.ts';
import { ALL_TABLES } from '../core/config/service-shapes.ts';
import { topicName } from '../core/config/topic-name.ts';
import { AppError, isAppError } from '../core/errors.ts';
import { connectKafka } from '../core/kafka/connect-kafka.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { formatCount } from '../core/runtime/human-units.ts';
import { dryRunText, loadText } from '../load/command/load-report.ts';
import { LoadWatch } from '../load/command/watch-load.ts';
import { openInputs } from '../load/dump/open-inputs.ts';
import { openLiveSource } from '../load/live/open-live-source.ts';
import type { LoadMapping } from '../load/mapping/load-mapping.ts';
import { parseMapping } from '../load/mapping/parse-mapping.ts';
import { proposeMapping } from '../load/propose/propose-mapping.ts';
import type { RowSource } from '../load/row/row.ts';
import { LOAD_DEFAULTS, type LoadOptions } from '../load/run/load-options.ts';
import { checkFirst, runLoad } from '../load/run/run-load.ts';
import { sampleMessages } from '../load/run/sample-messages.ts';
import { abortOnSignal } from './abort-on-signal.ts';
import { defineCommand, type Invocation } from './command.ts';
import { usage } from './parse-command-line.ts';
import { writeOutput } from './write-output.ts';

const ROWS_MAX = 2 ** 31 - 1;

const OPTIONS = {
  mapping: optional(filePath, { doc: 'The mapping file: topics, keys, types and format of the messages.' }),
  from: optional(text, {
    doc: 'Read live tables or collections instead: the postgresql://, mysql://, mariadb:// or mongodb:// URL of the database.',
    secret: true,
  }),
  table: optional(
    list('name', (item) => ({ value: item })),
    { doc: 'Tables or collections to read with --from.' },
  ),
  places: optional(filePath, {
    doc: 'Folder, of this load alone, where --from notes its places, so that a load that was killed can go on.',
    defaultText: 'none: it has to begin again',
  }),
  inputFormat: optional(oneOf('csv', 'jsonl', 'sql', 'bson', 'parquet'), {
    doc: 'What the inputs are.',
    defaultText: 'as the mapping says, else told by name and first bytes',
  }),
  dryRun: withDefault(boolean, false, {
    doc: 'Check everything and show messages as they would be written. Needs no Kafka, and writes none.',
  }),
  samples: withDefault(integer(0, 1000), 3, { doc: 'How many messages of each table a dry run shows.' }),
  proposeMapping: withDefault(boolean, false, { doc: 'Print a mapping file made from the data, and load nothing.' }),
  format: withDefault(oneOf('db2', 'golden-gate', 'debezium', 'v2'), 'debezium', {
    doc: 'Format of the messages, for the proposal.',
  }),
  topic: optional(topicName, { doc: 'Topic, for the proposal.', defaultText: 'the name of the table' }),
  key: optional(
    list('column', (item) => ({ value: item })),
    { doc: 'Primary key, for the proposal.', defaultText: 'what is unique and never null' },
  ),
  id: optional(text, {
    doc: 'Name of this load. The same name goes on where the load of that name ended.',
    defaultText: 'made from inputs, mapping and topics: the same command goes on',
  }),
  errors: optional(filePath, { doc: 'File that rows are described in that are refused, as JSON lines.' }),
  errorsMax: withDefault(integer(0, ROWS_MAX), LOAD_DEFAULTS.errorsMax, {
    doc: 'How many rows may be refused; with more, nothing is loaded.',
  }),
  duplicates: withDefault(oneOf('refuse', 'allow'), LOAD_DEFAULTS.duplicates, {
    doc: 'What to do with rows that have the same primary key.',
  }),
  skipUnmapped: withDefault(boolean, false, { doc: 'Pass over tables that the mapping does not mention.' }),
  rowsPerSecond: optional(integer(1, ROWS_MAX), { doc: 'Load no faster.', defaultText: 'as fast as it goes' }),
  bytesPerSecond: optional(size('1KiB', '1TiB'), {
    doc: 'Load no faster, in bytes of keys and values.',
    defaultText: 'as fast as it goes',
  }),
  compression: withDefault(oneOf('none', 'gzip', 'snappy', 'lz4', 'zstd'), LOAD_DEFAULTS.compression, {
    doc: 'How the batches that are written are compressed.',
  }),
  transactionSize: withDefault(size('64KiB', '1GiB'), '64MiB', {
    doc: 'A transaction is committed when it holds so many bytes, or after a second.',
  }),
  loadsTopic: withDefault(topicName, LOAD_DEFAULTS.loadsTopic, {
    doc: 'Compacted topic that says how far each load is. Created when it is missing.',
  }),
};

const BUCKET = {
  ...BUCKET_OPTIONS,
  'bucket.url': optional(text, { doc: 'Not used: inputs in a bucket are named as `s3://bucket/key`.' }),
};
const KAFKA_TABLE = kafkaOptions('bss-load');
const KAFKA_SHAPE: ConfigShape<typeof KAFKA_TABLE> = {
  table: KAFKA_TABLE,
  otherTables: ALL_TABLES,
  check: ({ kafka }) => kafkaProblems(kafka),
};
const BUCKET_SHAPE: ConfigShape<typeof BUCKET> = {
  table: BUCKET,
  otherTables: ALL_TABLES,
  check: ({ bucket }) => bucketProblems({ ...bucket, url: bucket.url ?? '' }),
};

type LoadInvocation = Invocation<typeof OPTIONS, OptionTable>;

/** `bss load`: dumps into topics, as the live CDC would have written them. */
export const loadCommand = defineCommand({
  description:
    'Loads dumps (CSV, JSON lines, SQL of pg_dump and mysqldump, BSON of mongodump, Parquet; compressed or not) or live ' +
    'tables into Kafka topics as messages of a CDC: same keys, same partitions, same format. Reads everything once before ' +
    'it writes anything, and refuses what the mapping does not cover. Each row is ' +
    'written exactly once: killed and run again, it goes on where its last transaction ended.',
  positionals: [
    {
      name: 'input',
      doc: 'Files, folders, s3:// URLs or - (standard input), each as `table=input` where a table must be named.',
      required: false,
      many: true,
    },
  ],
  options: OPTIONS,
  alsoAccepts: [KAFKA_TABLE, BUCKET],
  examples: [
    { line: 'bss load orders.csv.gz --propose-mapping --topic orders > mapping.yaml', doc: 'A mapping to begin with' },
    { line: 'bss load orders.csv.gz --mapping mapping.yaml --dry-run', doc: 'Is all of it as the mapping says?' },
    { line: 'bss load orders.csv.gz --mapping mapping.yaml --brokers localhost:9092', doc: 'Load' },
  ],
  async run(invocation) {
    using abort = abortOnSignal(invocation.host.signals);
    const { signal } = abort;
    try {
      const { proposeMapping: isProposal, dryRun: isDry } = invocation.options;
      const mapping = isProposal ? undefined : readMapping(invocation);
      await using opened = await openSources(invocation, mapping);
      if (mapping === undefined) return await propose(invocation, opened.sources, signal);
      const options = optionsOf(invocation, mapping, opened.sources);
      return await (isDry ? dryRun : load)(invocation, options, signal);
    } catch (error) {
      if (!signal.aborted || isAppError(error)) throw error;
      invocation.host.stderr.write('Stopped before anything was written.\n');
      return EXIT_CODES.sigint;
    }
  },
});

async function propose(
  { options, host }: LoadInvocation,
  inputs: readonly RowSource[],
  signal: AbortSignal,
): Promise<number> {
  const { format, topic, key } = options;
  await writeOutput(host.stdout, await proposeMapping(inputs, { format, topic, key }, signal));
  return EXIT_CODES.ok;
}

function readMapping({ options, host }: LoadInvocation): LoadMapping {
  const { mapping: path } = options;
  if (path === undefined) throw usage('load', 'say how: --mapping <file>, or --propose-mapping to make one');
  let content: string;
  try {
    content = host.readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('LOAD_MAPPING_INVALID', `cannot read the mapping ${path}: ${reason}`, { subject: path, cause });
  }
  return parseMapping(content, path);
}

interface OpenedSources extends AsyncDisposable {
  readonly sources: readonly RowSource[];
}

/** Dumps, or the tables of a live database. Without a mapping: for a proposal. */
async function openSources(invocation: LoadInvocation, mapping: LoadMapping | undefined): Promise<OpenedSources> {
  const { options, words, sources, host } = invocation;
  const { from, table, places: placesFolder } = options;
  if (from === undefined) {
    if (words.length === 0) throw usage('load', 'say what to load: files, folders, s3:// URLs, -, or --from <url>');
    if (table !== undefined) throw usage('load', '--table goes with --from; of a file, write `table=file`');
    const { bucket } = loadConfig(BUCKET_SHAPE, sources).config;
    const opened = await openInputs({
      inputs: words,
      format: options.inputFormat ?? mapping?.input.format,
      csv: mapping?.input.csv,
      bucket: bucketOptions({ ...bucket, url: '' }),
      keysFirst: mapping === undefined,
      stdin: host.stdin,
    });
    return { sources: opened, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  if (words.length > 0) throw usage('load', '--from goes without other inputs');
  const tables = table ?? mapping?.tables.flatMap((mapped) => mapped.table ?? []) ?? [];
  if (tables.length === 0) throw usage('load', 'say which tables to read: --table <name>,...');
  return await openLiveSource(from, tables, { placesFolder });
}

function optionsOf({ options }: LoadInvocation, mapping: LoadMapping, sources: readonly RowSource[]): LoadOptions {
  const { id, errors, errorsMax, duplicates, skipUnmapped, compression, loadsTopic } = options;
  return {
    ...LOAD_DEFAULTS,
    sources,
    mapping,
    id,
    duplicates,
    unmapped: skipUnmapped ? 'skip' : 'refuse',
    errorsMax,
    errorsFile: errors,
    rowsPerSecondMax: options.rowsPerSecond,
    bytesPerSecondMax: options.bytesPerSecondBytes,
    compression,
    transactionBytesMax: options.transactionSizeBytes,
    loadsTopic,
  };
}

async function dryRun({ options, host }: LoadInvocation, load: LoadOptions, signal: AbortSignal): Promise<number> {
  using watch = new LoadWatch(host.clock, host.stderr);
  const checked = await checkFirst(load, { signal, onProgress: (progress) => watch.update(progress) });
  const samples = await sampleMessages(load, options.samples, host.clock.nowMs(), signal);
  watch[Symbol.dispose]();
  const result = { kind: 'dry-run', checked, samples };
  await writeOutput(host.stdout, options.json ? `${JSON.stringify(result)}\n` : dryRunText(checked, samples));
  return EXIT_CODES.ok;
}

async function load(
  { options, sources, host }: LoadInvocation,
  wish: LoadOptions,
  signal: AbortSignal,
): Promise<number> {
  const { config } = loadConfig(KAFKA_SHAPE, sources);
  const { clock } = host;
  const kafka = await connectKafka(kafkaConnection(config.kafka));
  try {
    using watch = new LoadWatch(clock, host.stderr);
    const startMs = clock.monotonicMs();
    const result = await runLoad(wish, { kafka, clock, signal, onProgress: (progress) => watch.update(progress) });
    watch[Symbol.dispose]();
    const { state, ...how } = result;
    const isDone = state.state === 'succeeded';
    if (options.json) await writeOutput(host.stdout, `${JSON.stringify({ kind: 'load', ...how, ...state })}\n`);
    else if (isDone) await writeOutput(host.stdout, loadText(result, clock.monotonicMs() - startMs));
    if (isDone) return EXIT_CODES.ok;
    host.stderr.write(
      `Stopped after ${formatCount(state.rows.read)} rows. The same command goes on there (load ${state.id}).\n`,
    );
    return EXIT_CODES.sigint;
  } finally {
    await kafka.close();
  }
}
