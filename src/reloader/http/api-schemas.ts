import { Type } from 'typebox';
import { JobErrorSchema, PlanNoteSchema, PlanTotalsSchema, ReloadRangeSchema } from '../job/job-record.ts';
import { JOB_STATES, TASK_STATES } from '../job/job-state.ts';
import { ReloadRequestBody } from '../request/request-schema.ts';

const Count = Type.Integer({ minimum: 0 });
const DateTime = Type.String({ format: 'date-time' });
const OffsetText = Type.String({ description: 'An offset, in digits.' });

/** Every error that the API answers with. */
export const ErrorAnswer = Type.Object({
  code: Type.String({ description: 'Stable; docs/errors.md explains every code.' }),
  message: Type.String(),
  field: Type.Optional(Type.String({ description: 'The wrong field, such as `time.from`.' })),
  details: Type.Optional(
    Type.Array(Type.Object({ field: Type.String(), problem: Type.String() }), { description: 'Every wrong field.' }),
  ),
  subject: Type.Optional(Type.String({ description: 'What it happened to.' })),
  hint: Type.Optional(Type.String({ description: 'What to do about it.' })),
});

const Progress = Type.Object({
  records: Type.Integer({ minimum: 0, description: 'Written, in committed transactions.' }),
  recordsTotal: Type.Integer({ minimum: 0, description: 'An upper bound while recordCountExact is false.' }),
  share: Type.Number({ minimum: 0, maximum: 1 }),
  batchBytes: Type.Integer({ minimum: 0, description: 'Written, as Kafka stores it.' }),
  segments: Count,
  segmentsTotal: Count,
  transactions: Count,
  retries: Type.Integer({ minimum: 0, description: 'Times that a task went back to its checkpoint.' }),
  recordsPerSecond: Type.Number({ minimum: 0, description: 'Over the last ten seconds.' }),
  secondsLeft: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], { description: 'Null while nobody can say.' }),
});

/** A job as lists and events show it. */
export const JobAnswer = Type.Object({
  jobId: Type.String(),
  state: Type.Enum(JOB_STATES),
  wish: Type.Enum(['run', 'pause', 'stop']),
  createdAt: DateTime,
  startedAt: Type.Optional(DateTime),
  finishedAt: Type.Optional(DateTime),
  request: ReloadRequestBody,
  totals: PlanTotalsSchema,
  progress: Progress,
  taskCounts: Type.Object(Object.fromEntries(TASK_STATES.map((state) => [state, Count]))),
  notes: Type.Array(PlanNoteSchema),
  error: Type.Optional(JobErrorSchema),
});

const TaskAnswer = Type.Object({
  task: Count,
  partition: Count,
  state: Type.Enum(TASK_STATES),
  ranges: Type.Array(ReloadRangeSchema),
  checkpoint: Type.Object({ range: Count, offset: OffsetText }),
  records: Count,
  recordsTotal: Count,
  retries: Count,
  owner: Type.Optional(Type.String({ description: 'The reloader that took it last.' })),
  error: Type.Optional(JobErrorSchema),
});

/** A job with its tasks. */
export const JobDetailAnswer = Type.Object({ ...JobAnswer.properties, tasks: Type.Array(TaskAnswer) });

/** A page of jobs. */
export const JobPageAnswer = Type.Object({
  jobs: Type.Array(JobAnswer),
  next: Type.Optional(Type.String({ description: 'Send it as `after` to get the next page; absent on the last.' })),
});

const HoleAnswer = Type.Object({
  folder: Type.String(),
  source: Count,
  partition: Count,
  start: OffsetText,
  end: OffsetText,
  reason: Type.Enum(['control', 'aborted', 'compacted', 'expired', 'skipped', 'missing']),
});

/** What a request would do. */
export const PlanAnswer = Type.Object({
  targetTopic: Type.String(),
  totals: PlanTotalsSchema,
  tasks: Type.Array(
    Type.Object({
      partition: Count,
      ranges: Type.Array(ReloadRangeSchema),
      records: Count,
      segments: Count,
      linesBytes: Count,
      objectBytes: Count,
    }),
  ),
  holeOffsets: Type.Object(
    {},
    { additionalProperties: Type.String(), description: 'Offsets between segments, by reason.' },
  ),
  holes: Type.Array(HoleAnswer, { description: 'The first of them.' }),
  notes: Type.Array(PlanNoteSchema, { description: 'What may make the result other than expected.' }),
  refusals: Type.Array(JobErrorSchema, { description: 'Why a job cannot be created; empty when it can.' }),
});

/** The folders of the archive. */
export const FoldersAnswer = Type.Object({ folders: Type.Array(Type.String()) });

const FolderPartition = Type.Object({
  partition: Count,
  start: Type.Optional(OffsetText),
  end: Type.Optional(Type.String({ description: 'The first offset that is not archived.' })),
  records: Count,
  segments: Count,
  objectBytes: Count,
  linesBytes: Count,
  missingOffsets: Type.String({ description: 'Offsets that nothing in the archive explains.' }),
  fromTime: Type.Optional(DateTime),
  toTime: Type.Optional(DateTime),
});

/** What a folder holds. */
export const FolderAnswer = Type.Object({
  folder: Type.String(),
  sources: Type.Array(
    Type.Object({
      source: Count,
      topic: Type.String(),
      topicId: Type.String(),
      clusterId: Type.String(),
      archivedSince: DateTime,
      partitions: Type.Array(FolderPartition),
    }),
  ),
});
