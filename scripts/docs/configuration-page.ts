import type { Option, OptionTable } from '../../src/core/config/option.ts';
import { variableName } from '../../src/core/config/option-names.ts';
import { RELOADER_OPTIONS } from '../../src/core/config/reloader-options.ts';
import { STORER_OPTIONS } from '../../src/core/config/storer-options.ts';
import { code, markdownTable } from './markdown-table.ts';

const SECTIONS = [
  { name: 'kafka', title: 'Kafka', about: 'For the Storer and the Reloader.' },
  { name: 'bucket', title: 'Bucket', about: 'For the Storer, the Reloader and `bss archive`.' },
  { name: 'storer', title: 'Storer', about: 'What is archived, and how.' },
  { name: 'reloader', title: 'Reloader', about: 'How jobs are carried out.' },
  { name: 'http', title: 'HTTP', about: 'Health, metrics and the API.' },
  { name: 'log', title: 'Log', about: 'JSON lines on standard error; lines for people when that is a terminal.' },
];

const EXAMPLE = `\`\`\`yaml
# yaml-language-server: $schema=./bss.schema.json
kafka:
  brokers: [kafka-1:9093, kafka-2:9093]
  tls: {enabled: true, ca: {file: /etc/bss/ca.pem}}
  sasl: {mechanism: SCRAM-SHA-512, username: bss, password: {file: /run/secrets/kafka-password}}
bucket:
  url: s3://archive/production
  region: eu-south-1
storer:
  groupId: archive-production
  topics:
    - orders
    - {topic: customers, folder: crm, postIngestion: [customers.post-ingestion]}
  eventsTopic: bss.events
  rotation: {segmentSize: 64MiB, ageMax: 10m}
\`\`\``;

/** docs/configuration.md. */
export function configurationPage(): string {
  return [
    '# Configuration',
    '',
    'Generated from the option tables in `src/core/config` by `npm run docs`.',
    '',
    'Each option can be set in four ways. What is further up wins:',
    '',
    '1. a flag: `--storer.workers 4`. Upper and lower case and dashes make no difference.',
    '2. a variable: `BSS_STORER_WORKERS=4`, then the name that the mirrored system gave it, if it had one.',
    '3. `bss.yaml`: the file named by `--config`, else by `BSS_CONFIG`, else `bss.yaml` in the working directory.',
    '4. the default.',
    '',
    '`bss config check` shows every value in force and where it comes from, with secrets masked, and connects to nothing.',
    'All mistakes are reported at once. An unknown key, flag or `BSS_` variable is a mistake, so that a slip never goes unnoticed.',
    '',
    '## bss.yaml',
    '',
    EXAMPLE,
    '',
    '- One file serves all services: each takes what it needs. `bss.schema.json` beside this page lets editors complete and check it.',
    '- `${NAME}` is replaced by the variable, `${NAME:text}` and `${NAME:-text}` by `text` when it is unset or empty; `$${` is `${` itself.',
    '- `kafka.brokers: ...` means the same as `kafka:` with `brokers: ...` below it. An empty value means that the option is not set.',
    '- Durations: `500ms`, `30s`, `10m`, `1h30m`, `7d`; a bare number is milliseconds.',
    '- Sizes: `64MiB` (powers of two), `8MB` (powers of ten); a bare number is bytes.',
    '- Lists in flags and variables are separated by commas; `storer.topics` takes `orders, customers:crm` (topic:folder) or JSON there.',
    '- Secrets and certificates can be in files: `{file: /path}` in bss.yaml, or a variable that ends in `_FILE` and holds the path.',
    '',
    ...SECTIONS.flatMap(({ name, title, about }) => [`## ${title}`, '', about, '', sectionTable(name)]),
    '## Names of the mirrored system',
    '',
    'These variables are understood, so that a deployment of it can be taken over as it is. `BUCKET_NAME` needs `BUCKET_TYPE` beside it.',
    'A difference to know: a group without offsets starts at `earliest` here, at `latest` there. Set `KAFKA_DEQUEUE_STRATEGY=latest` to keep it.',
    '',
    aliasTable(),
  ].join('\n');
}

function optionsOf(section: string): [string, Option][] {
  const all: OptionTable = { ...RELOADER_OPTIONS, ...STORER_OPTIONS };
  return Object.entries(all).filter(([path]) => path.startsWith(`${section}.`));
}

function sectionTable(section: string): string {
  const rows = optionsOf(section).map(([path, option]) => [
    code(path),
    code(option.type.placeholder),
    defaultOf(path, option),
    option.doc,
    code(variableName(path)),
  ]);
  return markdownTable(['Option', 'Value', 'Default', 'Meaning', 'Variable'], rows);
}

function defaultOf(path: string, option: Option): string {
  if (option.required) return '**required**';
  // The same option, but the services go by different names.
  if (path === 'kafka.clientId') return '`bss-storer`, `bss-reloader`';
  if (option.defaultText !== undefined) return option.defaultText;
  if (option.default === undefined || typeof option.default === 'function') return 'not set';
  const parsed = option.type.parse(option.default);
  return 'value' in parsed ? code(option.type.show(parsed.value)) : 'not set';
}

function aliasTable(): string {
  const rows = new Map<string, string[]>();
  for (const [path, option] of SECTIONS.flatMap(({ name }) => optionsOf(name))) {
    for (const { env } of option.aliases) rows.set(env, [...(rows.get(env) ?? []), code(path)]);
  }
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  const table = sorted.map(([env, paths]) => [code(env), paths.join(', ')]);
  return markdownTable(['Variable', 'Option'], table);
}
