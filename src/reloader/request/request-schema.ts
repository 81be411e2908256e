import { type Static, Type } from 'typebox';

const CLOSED = { additionalProperties: false } as const;

/** A Kafka topic's name (Kafka: `Topic.validate`). */
const TopicName = Type.String({
  minLength: 1,
  maxLength: 249,
  pattern: '^(?!\\.{1,2}$)[a-zA-Z0-9._-]+$',
  expects: 'the name of a Kafka topic: 1 to 249 of a-z, A-Z, 0-9, ".", "_" and "-"',
});

const PointInTime = Type.Union(
  [Type.String({ minLength: 1, maxLength: 64 }), Type.Integer({ minimum: 0, maximum: 8.64e15 })],
  {
    description: 'ISO 8601 date, or date and time with a time zone; or milliseconds since 1970.',
    examples: ['2026-03-01T00:00:00Z', 1772323200000],
    expects: 'an ISO 8601 date, a date and time with a time zone, or milliseconds since 1970',
  },
);

const OffsetText = Type.Union([Type.String({ pattern: '^(0|[1-9]\\d{0,18})$' }), Type.Integer({ minimum: 0 })], {
  description: 'An offset: digits, or a number where that is exact.',
  examples: ['1200000', 1200000],
  expects: 'an offset: a whole number, 0 or more, or its digits in a string',
});

const Compression = Type.Enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'], {
  default: 'none',
  description: 'How the batches written to the target topic are compressed.',
  expects: 'one of none, gzip, snappy, lz4, zstd',
});

/**
 * Body of `POST /v1/jobs`: what to reload, and where to. The one description of it: requests are checked against it,
 * and the OpenAPI document shows it. `expects` is what an error message says after "must be".
 */
export const ReloadRequestBody = Type.Object(
  {
    folder: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'The folder of the archive to reload. Either this or `topic`.',
        examples: ['orders'],
        expects: 'the name of a folder',
      }),
    ),
    topic: Type.Optional({
      ...TopicName,
      description: 'The archived topic, whichever folders hold it. Either this or `folder`.',
    }),
    source: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 9999,
        description: 'Only this source of the folder (a topic that was deleted and created again is another source).',
        expects: 'the number of a source: a whole number from 1 to 9999',
      }),
    ),
    partitions: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0, maximum: 2147483647, expects: 'a partition: a whole number, 0 or more' }), {
        minItems: 1,
        maxItems: 10000,
        description: 'Only these partitions.',
        expects: 'a list of 1 to 10,000 partitions',
      }),
    ),
    time: Type.Optional(
      Type.Object(
        { from: Type.Optional(PointInTime), to: Type.Optional(PointInTime) },
        {
          ...CLOSED,
          description: 'Only records whose timestamp is at or after `from` and before `to`.',
          expects: 'an object with "from", "to" or both',
        },
      ),
    ),
    offsets: Type.Optional(
      Type.Object(
        { from: Type.Optional(OffsetText), to: Type.Optional(OffsetText) },
        {
          ...CLOSED,
          description: 'Only records whose offset is at or after `from` and before `to`, in every partition.',
          expects: 'an object with "from", "to" or both',
        },
      ),
    ),
    target: Type.Object(
      { topic: { ...TopicName, description: 'Where the records go. Must exist, with at least as many partitions.' } },
      {
        ...CLOSED,
        description:
          '`{"topic": "..."}`: where the records go. The topic must exist, with at least as many partitions.',
        expects: 'an object with the target topic: {"topic": "..."}',
      },
    ),
    compression: Type.Optional(Compression),
    allowMissing: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Goes on over offsets that the archive lacks without an explanation; otherwise the job is refused.',
        expects: 'true or false',
      }),
    ),
    dryRun: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Answers with the plan and does nothing.',
        expects: 'true or false',
      }),
    ),
  },
  { ...CLOSED, expects: 'a JSON object' },
);

/** What `ReloadRequestBody` describes. */
export type ReloadRequestBody = Static<typeof ReloadRequestBody>;
