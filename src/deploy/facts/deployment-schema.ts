import { type Static, type TSchema, Type } from 'typebox';

const CLOSED = { additionalProperties: false } as const;

/** One of some words; `expects` is what a message says after "must be". */
function word<const Word extends string>(words: readonly Word[], description: string) {
  return Type.Enum([...words], { expects: `one of ${words.join(', ')}`, description });
}

function text(description: string, expects = 'a text') {
  return Type.String({ minLength: 1, expects, description });
}

function fact(description: string) {
  return Type.Optional(Type.Boolean({ expects: 'true or false', description }));
}

function duration(description: string, fallback: string) {
  return Type.Optional(
    Type.Union([Type.String({ pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$' }), Type.Integer({ minimum: 0 })], {
      expects: 'a duration such as 500ms, 30s, 10m or 1h30m',
      description,
      default: fallback,
    }),
  );
}

function command(description: string) {
  return Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    expects: 'a program and its arguments, as a list of texts',
    description,
  });
}

function byTopic(description: string, expects: string) {
  return Type.Record(Type.String(), Type.String({ minLength: 1, expects }), {
    minProperties: 1,
    expects: `names by topic, such as "shop.orders: orders"`,
    description,
  });
}

const folder = Type.Optional(
  text('Where files of the deployment are written. Default: .bss/deploy/<name>/runtime, in the working directory.'),
);
const image = text('The container image of bss.', 'the name of an image');
const port = Type.Integer({ minimum: 1, maximum: 65_535, expects: 'a port, from 1 to 65535' });
const replicas = (description: string) =>
  Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, expects: 'a whole number from 1 to 1000', description, default: 1 }),
  );

function pem(what: string, expects: string, description: string) {
  return Type.Optional(Type.String({ pattern: `-----BEGIN [A-Z ]*${what}-----`, expects, description }));
}

const CERTIFICATES = 'certificates in PEM, or {file: /path}';
const tls = Type.Optional(
  Type.Object(
    {
      ca: pem('CERTIFICATE', CERTIFICATES, "Authorities to trust (PEM, or {file: /path}). Default: those of Node's."),
      certificate: pem('CERTIFICATE', CERTIFICATES, 'Certificate of this client (PEM, or {file: /path}).'),
      key: pem('PRIVATE KEY', 'a private key in PEM, or {file: /path}', 'Its private key (PEM, or {file: /path}).'),
    },
    { ...CLOSED, expects: 'a section with ca, certificate and key', description: 'For an address with https://.' },
  ),
);

const ports = Type.Optional(
  Type.Object(
    { storer: Type.Optional(port), reloader: Type.Optional(port) },
    { ...CLOSED, expects: 'a section with storer and reloader', description: 'Ports of the services.' },
  ),
);

/** The sections that come in several kinds: the field that tells them apart, and the schema of each kind. */
const KINDS = {
  runtime: {
    field: 'type',
    schemas: {
      local: Type.Object(
        {
          type: Type.Literal('local'),
          folder,
          ports,
        },
        CLOSED,
      ),
      compose: Type.Object({ type: Type.Literal('compose'), folder, image, ports }, CLOSED),
      kubernetes: Type.Object(
        {
          type: Type.Literal('kubernetes'),
          folder,
          image,
          namespace: Type.String({
            pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$',
            expects: 'a namespace: up to 63 of a-z, 0-9 and "-"',
            description: 'Namespace of everything that is applied.',
          }),
          context: Type.Optional(text('Context of kubectl. Default: the current one.')),
          storerReplicas: replicas('Replicas of the Storer.'),
          reloaderReplicas: replicas('Replicas of the Reloader.'),
        },
        CLOSED,
      ),
    },
  },
  cdc: {
    field: 'driver',
    schemas: {
      debezium: Type.Object(
        {
          driver: Type.Literal('debezium'),
          connectUrl: text('REST API of Kafka Connect.', 'a URL such as http://connect:8083'),
          tls,
          connector: text('Name of the connector.'),
          sourceUrl: Type.Optional(
            Type.String({
              pattern: '^postgres(ql)?://',
              expects: 'a URL that begins with postgresql://',
              description:
                'A role that may drop replication slots and clean the signal table. Default: that of source.url.',
            }),
          ),
          timeout: duration('Longest time for the connector to stop or to start.', '1m'),
          load: word(['signal', 'resnapshot'], 'How P4 loads anew: a signal to the connector, or its snapshot again.'),
        },
        CLOSED,
      ),
      command: Type.Object(
        {
          driver: Type.Literal('command'),
          stop: command('Stops the CDC.'),
          start: command('Starts it where it was stopped.'),
          state: Type.Optional(command('Prints running, paused, stopped or failed.')),
          startLoad: command('Begins the initial load.'),
          loadState: command('Prints running, finished or failed.'),
          endLoad: Type.Optional(command('Takes away what the load needed.')),
          timeout: duration('Longest time for one command.', '5m'),
        },
        CLOSED,
      ),
      http: Type.Object(
        {
          driver: Type.Literal('http'),
          url: text('Base address of the hook.', 'a URL such as http://cdc-hook:8080'),
          token: Type.Optional(text('Bearer token of the hook.')),
          tls,
          timeout: duration('Longest time to stop or to start.', '5m'),
        },
        CLOSED,
      ),
      manual: Type.Object(
        {
          driver: Type.Literal('manual'),
          instructions: Type.Optional(
            Type.Record(Type.String(), Type.String({ minLength: 1 }), {
              expects: 'texts by action (stop, start, startLoad, endLoad)',
              description: 'What the person is told, by action.',
            }),
          ),
        },
        CLOSED,
      ),
    },
  },
} as const;

const { runtime, cdc } = KINDS;

/** Where a value may be `{file: /path}`, the file's text being the value. */
export const FILE_VALUES: readonly (readonly string[])[] = [
  ['source', 'url'],
  ['projections', 'url'],
  ['cdc', 'token'],
  ['cdc', 'tls', 'ca'],
  ['cdc', 'tls', 'certificate'],
  ['cdc', 'tls', 'key'],
  ['cdc', 'sourceUrl'],
];

/** `deployment.yaml`. The section `bss` is checked against the options of the services. */
export const DeploymentSchema = Type.Object(
  {
    version: Type.Literal(1, { expects: '1', description: 'Version of this format.' }),
    name: Type.String({
      pattern: '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$',
      expects: 'a name: up to 40 of a-z, 0-9 and "-", a letter first',
      description: 'Names the journal, and whatever is created.',
    }),
    mode: word(
      ['parallel', 'sequential'],
      'parallel: consumers go on to read the archived topics. sequential: they read post-ingestion topics, which get records once these are in the bucket.',
    ),
    facts: Type.Object(
      {
        greenfield: fact('A new installation, without data that are older than it.'),
        olderDataWanted: fact('Data older than the installation are wanted in the bucket.'),
        nearRealTimeCritical: fact('Readers of the topics need changes within seconds, during the installation too.'),
        cdc: fact('A change data capture feeds the topics.'),
        cdcSeveralIngestionTasks: fact(
          'The CDC can run a further ingestion task beside the one that feeds the topics.',
        ),
        scheduledFullImport: fact('A connector imports everything on a schedule, such as a CSV file a day.'),
        rawDataArchived: fact('Raw data of the system of record are archived in this platform.'),
        dumpPossible: fact('A dump of the archived raw data can be made.'),
        dumpReconstructible: fact('The history is kept elsewhere, such that a dump can be rebuilt from it.'),
      },
      {
        ...CLOSED,
        expects: 'answers to the decision tree',
        description: 'Answers to the decision tree; only those on the path are needed.',
      },
    ),
    bss: Type.Record(Type.String(), Type.Unknown(), {
      expects: 'what bss.yaml holds: kafka, bucket, storer, reloader',
      description: 'What bss.yaml holds: kafka, bucket, storer, reloader.',
    }),
    reingestion: Type.Optional(
      byTopic(
        'Parallel mode: the topic that a reload of each topic goes to. Created with as many partitions where it is missing.',
        'the name of a topic',
      ),
    ),
    runtime: Type.Union([runtime.schemas.local, runtime.schemas.compose, runtime.schemas.kubernetes], {
      expects: `a section with type: one of ${Object.keys(runtime.schemas).join(', ')}`,
      description: 'Where the services run.',
    }),
    cdc: Type.Optional(
      Type.Union([cdc.schemas.debezium, cdc.schemas.command, cdc.schemas.http, cdc.schemas.manual], {
        expects: `a section with driver: one of ${Object.keys(cdc.schemas).join(', ')}`,
        description: 'How the CDC is spoken to (P2, P4).',
      }),
    ),
    source: Type.Optional(
      Type.Object(
        {
          url: Type.String({
            pattern: '^(postgres(ql)?|mysql|mariadb|mongodb(\\+srv)?)://',
            expects: 'a URL that begins with postgresql://, mysql:// or mongodb://',
            description: "The system of record: a spare task's replication slot is dropped there.",
          }),
          tables: byTopic('Table or collection behind each topic.', 'the name of a table or collection'),
        },
        {
          ...CLOSED,
          expects: 'a section with url and tables',
          description: 'The system of record, and the tables behind the topics.',
        },
      ),
    ),
    projections: Type.Optional(
      Type.Object(
        {
          url: Type.String({
            pattern: '^mongodb(\\+srv)?://',
            expects: 'a URL that begins with mongodb://',
            description: 'The database of the projections.',
          }),
          group: text('Consumer group of what writes the projections: its offsets say how far they are.'),
          collections: byTopic('Collection of each topic.', 'the name of a collection'),
          restore: text('File that says how documents become rows again.', 'the path of a file'),
          mapping: text('Mapping file of `bss load`, for the messages.', 'the path of a file'),
        },
        {
          ...CLOSED,
          expects: 'a section with url, group, collections, restore and mapping',
          description: 'The projections (P3).',
        },
      ),
    ),
    dump: Type.Optional(
      Type.Object(
        {
          inputs: Type.Optional(
            Type.Array(Type.String({ minLength: 1 }), {
              minItems: 1,
              expects: 'a list of files, folders or bucket URLs',
              description: 'Files, folders, bucket URLs (P5).',
            }),
          ),
          mapping: text('Mapping file of `bss load`.', 'the path of a file'),
          reconstruct: Type.Optional(
            Type.Object(
              {
                from: text(
                  'Where the archived change events are: file, folder or bucket URL.',
                  'a path or a bucket URL',
                ),
                format: text('Their format: db2, golden-gate, debezium, v2.', 'the name of a format'),
              },
              {
                ...CLOSED,
                expects: 'a section with from and format',
                description: 'What the dump is rebuilt from (P6).',
              },
            ),
          ),
        },
        {
          ...CLOSED,
          expects: 'a section with inputs and mapping',
          description: 'A dump (P5), or what one is rebuilt from (P6).',
        },
      ),
    ),
    checks: Type.Optional(
      Type.Object(
        {
          quietPeriod: duration('End offsets stand still for so long: nothing is written any more.', '10s'),
          clockSkewMax: duration('Clocks may differ by so much.', '5s'),
          samples: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 1_000_000,
              expects: 'a whole number from 0 to 1000000',
              description: 'Records of each topic that are compared value by value.',
              default: 100,
            }),
          ),
          loadTimeout: duration('Longest time that a load may take.', '24h'),
        },
        { ...CLOSED, expects: 'a section', description: 'How strict the checks are.' },
      ),
    ),
  },
  CLOSED,
);

/** What the file holds once it fits the schema. */
export type DeploymentFile = Static<typeof DeploymentSchema>;

/** The schema of a section that comes in several kinds: that of the kind which was written. Undefined for other sections. */
export function sectionSchema(name: string, section: unknown): TSchema | undefined {
  const kinds = Object.entries(KINDS).find(([known]) => known === name)?.[1];
  if (kinds === undefined || typeof section !== 'object' || section === null) return undefined;
  const given: unknown = Reflect.get(section, kinds.field);
  const schemas: Readonly<Record<string, TSchema>> = kinds.schemas;
  // Of an unknown kind nothing else can be said.
  return typeof given === 'string' && Object.hasOwn(schemas, given)
    ? schemas[given]
    : Type.Object({ [kinds.field]: word(Object.keys(schemas), 'Which kind it is.') });
}
