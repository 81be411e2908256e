import { type Static, Type } from 'typebox';

const OFFSET = Type.String({ pattern: '^[0-9]+$', description: 'An offset or a count: decimal, as a text.' });
const OFFSET_OR_NULL = Type.Union([OFFSET, Type.Null()]);
const TIME = Type.String({ description: 'A time in UTC: 2026-01-31T08:30:00.000Z.' });
const OUTCOME = Type.Enum(['passed', 'failed', 'noted']);

const CHECK = Type.Object(
  {
    check: Type.String({ description: 'What was checked, in a sentence.' }),
    outcome: OUTCOME,
    found: Type.Unknown({ description: 'What was found: any JSON, offsets as decimal strings.' }),
    at: TIME,
  },
  { description: 'Something that was looked at, and what was found.' },
);

const GAP = Type.Object({
  reason: Type.String({ description: 'control, aborted, compacted, expired, skipped; missing: nothing explains it.' }),
  offsets: OFFSET,
});

const ARCHIVED_PARTITION = Type.Object({
  partition: Type.Integer(),
  start: OFFSET_OR_NULL,
  end: OFFSET_OR_NULL,
  firstRecord: OFFSET_OR_NULL,
  lastRecord: OFFSET_OR_NULL,
  records: OFFSET,
  segments: Type.Integer(),
  bytes: Type.Integer(),
  firstSegment: Type.Union([Type.String(), Type.Null()]),
  gaps: Type.Array(GAP),
});

const ARCHIVED_SOURCE = Type.Object({
  source: Type.Integer({ description: 'Number of the source in the folder: a reload takes them in this order.' }),
  topic: Type.String(),
  topicId: Type.String(),
  role: Type.Enum(['initialization', 'normal', 'other']),
  since: TIME,
  records: OFFSET,
  partitions: Type.Array(ARCHIVED_PARTITION),
});

const TOPIC = Type.Object({
  topic: Type.String(),
  folder: Type.String(),
  sources: Type.Array(ARCHIVED_SOURCE),
});

const COUNT = Type.Object({
  what: Type.String({ description: 'What was counted on both sides.' }),
  source: OFFSET_OR_NULL,
  archived: OFFSET,
  rule: Type.Enum(['equal', 'at-least'], {
    description: 'equal: the archive has as many records. at-least: it may have more, since changes came in meanwhile.',
  }),
  table: Type.Union([OFFSET, Type.Null()], {
    description: 'Rows of the table itself when the certificate was issued; null: it was not or could not be asked.',
  }),
  tableRemark: Type.Union([Type.String(), Type.Null()], {
    description: 'Why the rows of the table need not be as many as the load has read.',
  }),
});

const GROUP = Type.Object({
  group: Type.String(),
  state: Type.String(),
  partitions: Type.Array(
    Type.Object({
      topic: Type.String(),
      partition: Type.Integer(),
      planned: OFFSET_OR_NULL,
      applied: OFFSET_OR_NULL,
      current: OFFSET_OR_NULL,
      logStart: OFFSET,
      logEnd: OFFSET,
    }),
  ),
});

const SAMPLES = Type.Object({
  topic: Type.String(),
  folder: Type.String(),
  source: Type.Union([Type.Integer(), Type.Null()]),
  compared: Type.Integer(),
  equal: Type.Integer(),
  at: TIME,
  records: Type.Array(
    Type.Object({
      partition: Type.Integer(),
      offset: OFFSET,
      timestamp: Type.String(),
      bytes: Type.Integer({ description: 'Of key and value in Kafka.' }),
      sha256: Type.String({
        description: 'Of the record in Kafka: timestamp, key, value and headers. No content is shown.',
      }),
      outcome: Type.Enum(['equal', 'different', 'absent']),
      differences: Type.Array(Type.String()),
    }),
  ),
});

const STEP = Type.Object({
  id: Type.String(),
  title: Type.String(),
  guideline: Type.Union([Type.String(), Type.Null()]),
  status: Type.String(),
  startedAt: Type.Union([TIME, Type.Null()]),
  endedAt: Type.Union([TIME, Type.Null()]),
  checks: Type.Array(CHECK),
});

/** A certificate, version 1, as JSON Schema and as a type. */
export const CERTIFICATE_SCHEMA = Type.Object(
  {
    kind: Type.Literal('bss-hand-over-certificate'),
    version: Type.Literal(1),
    verdict: Type.Enum(['proven', 'not-proven']),
    reasons: Type.Array(Type.String(), { description: 'Why it is not proven: every check that failed.' }),
    notes: Type.Array(Type.String(), { description: 'What a reader should know although nothing is wrong.' }),
    deployment: Type.Object({
      name: Type.String(),
      procedure: Type.String(),
      mode: Type.String(),
      startedAt: TIME,
    }),
    issuedAt: TIME,
    tool: Type.String(),
    clusterId: Type.String(),
    bucket: Type.String(),
    checks: Type.Array(CHECK, { description: 'What this certificate itself checked, from what follows.' }),
    counts: Type.Array(COUNT),
    topics: Type.Array(TOPIC),
    groups: Type.Array(GROUP),
    samples: Type.Array(SAMPLES),
    steps: Type.Array(STEP),
  },
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Hand-over certificate of bss deploy verify',
  },
);

/** The proof of a hand-over. */
export type Certificate = Static<typeof CERTIFICATE_SCHEMA>;
/** One check, with its evidence. */
export type CertificateCheck = Static<typeof CHECK>;
/** A folder of the archive, with all its sources. */
export type CertificateTopic = Static<typeof TOPIC>;
/** A source of a folder. */
export type CertificateSource = Static<typeof ARCHIVED_SOURCE>;
/** A group's offsets: planned, applied, and as they are. */
export type CertificateGroup = Static<typeof GROUP>;
/** Source against archive. */
export type CertificateCount = Static<typeof COUNT>;
/** Records that were compared value by value. */
export type CertificateSamples = Static<typeof SAMPLES>;
/** A step of the procedure with what it proved. */
export type CertificateStep = Static<typeof STEP>;
