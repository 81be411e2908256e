import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { ReloadRequestBody } from '../request/request-schema.ts';

/**
 * The records of the two compacted topics that jobs live in. Offsets and timestamps are decimal strings, moments are
 * milliseconds since 1970. Unknown fields are ignored, so that replicas of neighbouring versions can work side by side.
 */
const FORMAT_VERSION = Type.Literal(1);

const OffsetText = Type.String({ pattern: '^\\d{1,19}$' });
const Count = Type.Integer({ minimum: 0 });
const Moment = Type.Integer({ minimum: 0 });

/** What went wrong, as far as whoever asked for the job should know. */
export const JobErrorSchema = Type.Object({
  code: Type.String({ description: 'Stable; docs/errors.md explains every code.' }),
  message: Type.String(),
  subject: Type.Optional(Type.String({ description: 'What it happened to.' })),
  hint: Type.Optional(Type.String({ description: 'What to do about it.' })),
});

/** Something that does not prevent a job, but may make its result other than expected. */
export const PlanNoteSchema = Type.Object({
  code: Type.String({ description: 'Stable.' }),
  message: Type.String(),
});

/** What a plan sums up to. */
export const PlanTotalsSchema = Type.Object({
  taskCount: Type.Integer({ minimum: 0, description: 'One per partition of the target that gets records.' }),
  segmentCount: Type.Integer({ minimum: 0 }),
  recordCount: Type.Integer({ minimum: 0, description: 'Exact, or an upper bound where recordCountExact is false.' }),
  recordCountExact: Type.Boolean(),
  objectBytes: Type.Integer({ minimum: 0, description: 'To be read from the bucket.' }),
  linesBytes: Type.Integer({ minimum: 0, description: 'The same before compression.' }),
});

/** A run of offsets of one archived partition. */
export const ReloadRangeSchema = Type.Object({
  folder: Type.String(),
  source: Type.Integer({ minimum: 1 }),
  start: OffsetText,
  /** Exclusive. */
  end: OffsetText,
});

/** Key: the job's id. Written when the job is created and when the wish changes. */
const JobRecordSchema = Type.Object({
  v: FORMAT_VERSION,
  jobId: Type.String({ minLength: 1 }),
  createdAtMs: Moment,
  request: ReloadRequestBody,
  totals: PlanTotalsSchema,
  notes: Type.Array(PlanNoteSchema),
  wish: Type.Enum(['run', 'pause', 'stop']),
  wishedAtMs: Moment,
  idempotencyKey: Type.Optional(Type.String()),
  /** A reload of one file, which the mirrored system's stop route leaves alone. */
  singleFile: Type.Optional(Type.Boolean()),
});

/** Key: `<job>/<task>`. Written when the job is created, when a reloader takes the task, and with every checkpoint. */
const TaskRecordSchema = Type.Object({
  v: FORMAT_VERSION,
  jobId: Type.String({ minLength: 1 }),
  task: Count,
  targetTopic: Type.String(),
  /** Absent in records of an earlier release. */
  targetTopicId: Type.Optional(Type.String()),
  partition: Count,
  state: Type.Enum(['planned', 'running', 'paused', 'stopped', 'succeeded', 'failed']),
  ranges: Type.Array(ReloadRangeSchema),
  /** Everything before this is in the target: the range that is being reloaded, and its next offset. */
  checkpoint: Type.Object({ range: Count, offset: OffsetText }),
  total: Type.Object({ records: Count, linesBytes: Count }),
  done: Type.Object({ records: Count, batchBytes: Count, segments: Count, transactions: Count, retries: Count }),
  owner: Type.Optional(Type.String()),
  startedAtMs: Type.Optional(Moment),
  updatedAtMs: Moment,
  finishedAtMs: Type.Optional(Moment),
  error: Type.Optional(JobErrorSchema),
});

/** What `JobErrorSchema` describes. */
export type JobError = Static<typeof JobErrorSchema>;
/** What `PlanNoteSchema` describes. */
export type PlanNote = Static<typeof PlanNoteSchema>;
/** What `PlanTotalsSchema` describes. */
export type PlanTotals = Static<typeof PlanTotalsSchema>;
/** What `ReloadRangeSchema` describes. */
export type ReloadRange = Static<typeof ReloadRangeSchema>;
/** What the record of a job holds. */
export type JobRecord = Static<typeof JobRecordSchema>;
/** What the record of a task holds. */
export type TaskRecord = Static<typeof TaskRecordSchema>;

/** Key of a job's record. */
export function jobKey(jobId: string): string {
  return jobId;
}

/** Key of a task's record. */
export function taskKey(jobId: string, task: number): string {
  return `${jobId}/${task}`;
}

/** The partition of the tasks topic that a task is recorded in: the tasks of a job are spread over all of them. */
export function taskPartition(jobId: string, task: number, partitionCount: number): number {
  let hash = 0;
  for (const letter of jobId) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 2147483647;
  return (hash + task) % partitionCount;
}

/** The record's bytes. */
export function encodeRecord(record: JobRecord | TaskRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** Undefined when the bytes are not a job's record of a version that we know. */
export const decodeJobRecord = decoder(JobRecordSchema);

/** Undefined when the bytes are not a task's record of a version that we know. */
export const decodeTaskRecord = decoder(TaskRecordSchema);

function decoder<Schema extends TSchema>(schema: Schema): (value: Uint8Array) => Static<Schema> | undefined {
  const validator = Compile(schema);
  const isRecord = (value: unknown): value is Static<Schema> => validator.Check(value);
  return (value) => {
    try {
      const parsed: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
      return isRecord(parsed) ? parsed : undefined;
    } catch {
      return undefined;
    }
  };
}
