import { loadConfig } from '../core/config/load-config.ts';
import type { ConfigOf } from '../core/config/config-of.ts';
import { optional, type OptionTable, withDefault } from '../core/config/option.ts';
import { boolean, integer, list, oneOf, text } from '../core/config/option-types.ts';
import { RELOADER_OPTIONS } from '../core/config/reloader-options.ts';
import { ALL_TABLES, RELOADER_SHAPE } from '../core/config/service-shapes.ts';
import { startLocalReloader } from '../reloader/client/local-reloader.ts';
import { reload, type ReloadWish } from '../reloader/client/reload-client.ts';
import { remoteReloader } from '../reloader/client/remote-reloader.ts';
import { parseReloadRequest } from '../reloader/request/reload-request.ts';
import type { ReloadRequestBody } from '../reloader/request/request-schema.ts';
import { InvalidRequestError } from '../reloader/request/schema-problems.ts';
import { defineCommand, type Invocation } from './command.ts';
import { usage } from './parse-command-line.ts';
import { serviceLogger } from './service-logger.ts';

const REQUEST_TIMEOUT_MS = 60_000;

const OPTIONS = {
  to: optional(text, { doc: 'Topic to reload into. It must exist, with at least as many partitions.' }),
  topic: optional(text, { doc: 'Archived topic to reload, whichever folders hold it, instead of a folder.' }),
  source: optional(integer(1, 9999), { doc: 'Only this source of the folder.', defaultText: 'all, in order' }),
  partitions: optional(
    list('n', (item) => (/^\d{1,9}$/.test(item) ? { value: item } : { problem: 'must be a whole number' })),
    { doc: 'Only these partitions.', defaultText: 'all' },
  ),
  fromTime: optional(text, { doc: 'Only records from this time on: a date, or date and time with a zone.' }),
  toTime: optional(text, { doc: 'Only records before this time.' }),
  fromOffset: optional(text, { doc: 'Only offsets from this one on, in every partition.' }),
  toOffset: optional(text, { doc: 'Only offsets before this one.' }),
  compression: optional(oneOf('none', 'gzip', 'snappy', 'lz4', 'zstd'), {
    doc: 'How the batches that are written are compressed.',
    defaultText: 'none',
  }),
  allowMissing: withDefault(boolean, false, {
    doc: 'Go on over offsets that the archive lacks without an explanation.',
  }),
  dryRun: withDefault(boolean, false, {
    doc: 'Show the plan and do nothing. Exit code 3 when a job would be refused.',
  }),
  api: optional(text, {
    doc: 'Address of a running `bss reloader`, which then does the work.',
    defaultText: 'none: the work is done in this process',
  }),
  resume: optional(text, { doc: 'Go on with this job, instead of creating one.' }),
};

/** `bss reload`: creates a reload job and watches it, at a running reloader or in this process. */
export const reloadCommand = defineCommand({
  description:
    'Reloads a folder of the archive, or a part of it, into a Kafka topic: each record once, with the same partition, order, ' +
    'key, value, headers and timestamp. Needs `--api`, or Kafka and bucket from bss.yaml, BSS_* variables or flags. ' +
    'Ctrl-C leaves a job of `--api` to go on, and pauses one of this process.',
  positionals: [{ name: 'folder', doc: 'Folder of the archive.', required: false }],
  options: OPTIONS,
  alsoAccepts: [RELOADER_OPTIONS],
  examples: [
    { line: 'bss reload orders --to orders-copy --dry-run', doc: 'What would be done?' },
    { line: 'bss reload orders --to orders-copy --from-time 2026-03-01 --to-time 2026-04-01', doc: 'Reload March' },
    { line: 'bss reload orders --to orders-copy --api http://localhost:3000', doc: 'Let a running reloader do it' },
  ],
  async run(invocation) {
    const { options, sources, host } = invocation;
    const wish = wishOf(invocation);
    const around = {
      clock: host.clock,
      stdout: host.stdout,
      stderr: host.stderr,
      signals: host.signals,
      json: options.json,
    };
    if (options.api !== undefined) {
      const { config } = loadConfig(TOKEN_SHAPE, sources);
      const apiToken = config.reloader.apiToken;
      const port = remoteReloader({ url: options.api, apiToken, requestTimeoutMs: REQUEST_TIMEOUT_MS });
      return await reload(port, wish, around);
    }
    const { config } = loadConfig(RELOADER_SHAPE, sources);
    const level = config.log.level === 'info' ? 'warn' : config.log.level;
    const local = await startLocalReloader(config, host.clock, serviceLogger(level, 'bss-reload', host));
    try {
      const failed = local.ended.then(() => new Promise<never>(() => undefined));
      return await Promise.race([reload(local.port, wish, around), failed]);
    } finally {
      await local.close();
    }
  },
});

/** All that a client of the API needs of the configuration. */
const TOKEN_SHAPE = {
  table: { 'reloader.apiToken': RELOADER_OPTIONS['reloader.apiToken'] },
  otherTables: ALL_TABLES,
};

function wishOf({
  options,
  positionals,
}: Pick<Invocation<typeof OPTIONS, OptionTable>, 'options' | 'positionals'>): ReloadWish {
  const { folder } = positionals;
  const { resume, topic, to, dryRun } = options;
  if (resume !== undefined) {
    if (folder !== undefined || topic !== undefined) throw usage('reload', '--resume goes without a folder or topic');
    return { kind: 'resume', jobId: resume };
  }
  if (folder === undefined && topic === undefined) throw usage('reload', 'say what to reload: a folder, or --topic');
  if (to === undefined) throw usage('reload', 'say where to: --to <topic>');
  const request = bodyOf(options, folder, to);
  checkRequest(request);
  return dryRun ? { kind: 'plan', request } : { kind: 'create', request };
}

function bodyOf(options: ConfigOf<typeof OPTIONS>, folder: string | undefined, to: string): Record<string, unknown> {
  const { topic, source, partitions, compression, allowMissing } = options;
  const time = bounds(timeOf(options.fromTime), timeOf(options.toTime));
  const offsets = bounds(options.fromOffset, options.toOffset);
  return {
    ...(folder !== undefined && { folder }),
    ...(topic !== undefined && { topic }),
    ...(source !== undefined && { source }),
    ...(partitions !== undefined && { partitions: partitions.map(Number) }),
    ...(time !== undefined && { time }),
    ...(offsets !== undefined && { offsets }),
    target: { topic: to },
    ...(compression !== undefined && { compression }),
    ...(allowMissing && { allowMissing }),
  };
}

/** The request's fields are called otherwise on the command line. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ['folder', 'the folder'],
  ['target.topic', '--to'],
  ['time.from', '--from-time'],
  ['time.to', '--to-time'],
  ['offsets.from', '--from-offset'],
  ['offsets.to', '--to-offset'],
  ['allowMissing', '--allow-missing'],
]);

/** Checks it here, so that what is wrong is told with the names that the user typed. */
function checkRequest(request: unknown): asserts request is ReloadRequestBody {
  try {
    parseReloadRequest(request);
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    const named = error.problems.map(
      ({ field, problem }) => `${FLAGS.get(field) ?? `--${field.replace(/\[\d+\]$/, '')}`} ${inFlags(problem)}`,
    );
    throw usage('reload', named.join('; '));
  }
}

/** Other fields that the problem of one speaks of. Those without a dot are words. */
function inFlags(problem: string): string {
  return problem.replaceAll(/\b\w+\.\w+\b/g, (field) => FLAGS.get(field) ?? field);
}

/** Digits alone are milliseconds. */
function timeOf(given: string | undefined): string | number | undefined {
  return given !== undefined && /^\d{5,15}$/.test(given) ? Number(given) : given;
}

function bounds<T>(from: T | undefined, to: T | undefined): { readonly from?: T; readonly to?: T } | undefined {
  if (from === undefined && to === undefined) return undefined;
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}
