import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { AppError } from '../../core/errors.ts';
import type { CommittedOffset } from '../../core/kafka/kafka-client.ts';
import type { OffsetsPlan, PlannedOffset } from './offsets-plan.ts';

const OFFSET = Type.String({ pattern: '^[0-9]{1,19}$' });
const PARTITION = { topic: Type.String({ minLength: 1 }), partition: Type.Integer({ minimum: 0 }) };

/** A plan as a file: version 1. Offsets are decimal strings. */
const OFFSETS_PLAN_SCHEMA = Type.Object({
  kind: Type.Literal('bss-offsets-plan'),
  version: Type.Literal(1),
  clusterId: Type.String(),
  group: Type.String({ minLength: 1 }),
  madeAt: Type.String(),
  target: Type.String(),
  partitions: Type.Array(
    Type.Object({
      ...PARTITION,
      topicId: Type.String(),
      before: Type.Union([Type.Object({ offset: OFFSET, metadata: Type.String() }), Type.Null()]),
      after: OFFSET,
      logStart: OFFSET,
      logEnd: OFFSET,
      stableEnd: OFFSET,
      skipped: OFFSET,
      repeated: OFFSET,
      warnings: Type.Array(
        Type.Object({
          name: Type.Enum([
            'records-skipped',
            'records-expired',
            'open-transaction',
            'committed-outside-log',
            'clamped',
            'time-after-end',
          ]),
          text: Type.String(),
        }),
      ),
    }),
  ),
  untouched: Type.Array(Type.Object(PARTITION)),
});

/** A plan as JSON has it. */
export type OffsetsPlanJson = Static<typeof OFFSETS_PLAN_SCHEMA>;

const validator = Compile(OFFSETS_PLAN_SCHEMA);

/** The plan as JSON. */
export function offsetsPlanJson(plan: OffsetsPlan): OffsetsPlanJson {
  return {
    kind: 'bss-offsets-plan',
    version: 1,
    clusterId: plan.clusterId,
    group: plan.group,
    madeAt: new Date(plan.madeAtMs).toISOString(),
    target: plan.target,
    partitions: plan.partitions.map((at) => ({
      topic: at.topic,
      partition: at.partition,
      topicId: at.topicId,
      before: committedJson(at.before),
      after: String(at.after),
      logStart: String(at.logStart),
      logEnd: String(at.logEnd),
      stableEnd: String(at.stableEnd),
      skipped: String(at.skipped),
      repeated: String(at.repeated),
      warnings: at.warnings.map(({ name, text }) => ({ name, text })),
    })),
    untouched: plan.untouched.map(({ topic, partition }) => ({ topic, partition })),
  };
}

/** An offset as JSON; null for none. */
export function committedJson(committed: CommittedOffset | undefined): { offset: string; metadata: string } | null {
  return committed === undefined ? null : { offset: String(committed.offset), metadata: committed.metadata };
}

/**
 * A plan out of a file's JSON. `subject` names the file.
 * @throws OFFSETS_TARGET_INVALID
 */
export function readOffsetsPlan(value: unknown, subject: string): OffsetsPlan {
  const madeAtMs = validator.Check(value) ? Date.parse(value.madeAt) : Number.NaN;
  if (!validator.Check(value) || Number.isNaN(madeAtMs)) throw notAPlan(value, subject);
  return {
    clusterId: value.clusterId,
    group: value.group,
    madeAtMs,
    target: value.target,
    partitions: value.partitions.map((at): PlannedOffset => ({
      topic: at.topic,
      partition: at.partition,
      topicId: at.topicId,
      before: at.before === null ? undefined : { offset: BigInt(at.before.offset), metadata: at.before.metadata },
      after: BigInt(at.after),
      logStart: BigInt(at.logStart),
      logEnd: BigInt(at.logEnd),
      stableEnd: BigInt(at.stableEnd),
      skipped: BigInt(at.skipped),
      repeated: BigInt(at.repeated),
      warnings: at.warnings,
    })),
    untouched: value.untouched,
  };
}

function notAPlan(value: unknown, subject: string): AppError {
  const [first] = validator.Errors(value);
  const where = first === undefined ? 'madeAt is no time' : `${first.instancePath} ${first.message}`.trim();
  return new AppError('OFFSETS_TARGET_INVALID', `Reading the plan ${subject}: it is not one (${where})`, {
    subject,
    hint: 'Make it with `bss offsets plan --out <file>`.',
  });
}
