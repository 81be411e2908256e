import { AppError } from '../../core/errors.ts';
import type { KafkaClient, OffsetPosition } from '../../core/kafka/kafka-client.ts';
import { partitionName } from '../../core/record/topic-partition.ts';
import { refuseLiveGroup } from '../offsets/live-group.ts';
import type { NamedOffset } from '../offsets/offset-target.ts';
import { readOffsetsPlan, offsetsPlanJson } from '../offsets/offsets-plan-json.ts';
import { applyOffsets, compareOffsets } from '../offsets/apply-offsets.ts';
import type { OffsetsPlan } from '../offsets/offsets-plan.ts';
import { proposeOffsets } from '../offsets/propose-offsets.ts';
import { enforce } from '../checks/check-result.ts';
import { checkGroupEmpty } from '../checks/check-group.ts';
import type { Step, StepDescription, StepRun } from '../step/step.ts';
import { liveTopics, names } from './live-topics.ts';
import { byName, positionsJson, readPositions, readPositionsJson } from './positions.ts';
import type { Site } from './site.ts';
import { checkFailed } from '../apply/journaled-run.ts';

/** The id of the step that notes where archiving of the live topics is to begin, and the key of its note. */
export const NOTE_POSITIONS = 'note-positions';
/** By topic and partition. */
const POSITIONS = 'positions';
/** The ends of the events topic at that time, in the same form. */
export const EVENT_POSITIONS = 'eventPositions';
/** The id of the step that sets the group's offsets, and the key of the note that has their plan. */
export const SET_GROUP_OFFSETS = 'set-group-offsets';
/** As `bss offsets plan` writes it. */
export const GROUP_PLAN = 'plan';
/** Where the archive of the live topics begins after all, in the form of `POSITIONS`. */
const STARTS = 'starts';
/** The brokers look for sessions that are over every few seconds. */
const SESSION_MARGIN_MS = 10_000;

/** Where archiving of the live topics is to begin, and why there. */
export interface StartWish {
  readonly position: OffsetPosition | ((run: StepRun) => readonly NamedOffset[]);
  readonly why: string;
}

/** Notes where archiving of the live topics is to begin. Nothing of it is left to the default of a client. */
export function notePositionsStep(site: Site, { position, why }: StartWish): Step {
  const { kafka, clock } = site;
  const topics = liveTopics(site);
  return {
    id: NOTE_POSITIONS,
    title: 'Note where the archive of the live topics begins',
    guideline: undefined,
    describe: () =>
      Promise.resolve({
        inputs: [`topics: ${names(topics)}`, `position: ${describePosition(position)}, ${why}`],
        changes: [],
        preconditions: [],
        checks: ['the positions are in the log'],
        undo: undefined,
      }),
    precondition: () => Promise.resolve(),
    async apply(run) {
      if (run.notes.get(POSITIONS) !== undefined) return;
      const found = positionsJson(
        typeof position === 'function' ? position(run) : await readPositions(kafka, topics, position),
      );
      const { eventsTopic } = site.storer.storer;
      const events = await readPositions(kafka, eventsTopic === undefined ? [] : [eventsTopic], 'stable');
      await run.notes.note(EVENT_POSITIONS, positionsJson(events));
      await run.notes.note('atMs', clock.nowMs());
      await run.notes.note(POSITIONS, found);
    },
    async check(run) {
      const found = run.notes.get(POSITIONS) ?? null;
      await run.evidence({
        check: `${describePosition(position)} of the live topics: ${why}`,
        outcome: 'noted',
        found,
      });
    },
  };
}

/** What the notes of `notePositionsStep` say. */
export function notedPositions(run: Pick<StepRun, 'notesOf'>): NamedOffset[] {
  return readPositionsJson(run.notesOf(NOTE_POSITIONS).get(POSITIONS));
}

/** Which positions a group is set to. */
export interface GroupOffsetsOptions {
  /** The moment that the positions are of, for people: `just after the snapshot`. */
  readonly moment: string;
  readonly guideline: string | undefined;
  readonly positions: (run: Pick<StepRun, 'notesOf'>) => readonly NamedOffset[];
  /** True where the archive is to have whatever the topics still have: what has expired since is no loss of the procedure's. */
  readonly mayExpire: boolean;
}

/** Sets the offsets of the Storer's group before it reads the live topics for the first time, and reads them again. */
export function groupOffsetsStep(site: Site, options: GroupOffsetsOptions): Step {
  const { moment, guideline } = options;
  const { kafka, storer } = site;
  const group = storer.storer.groupId;
  const describe: StepDescription = {
    inputs: [`group: ${group}`, `topics: ${names(liveTopics(site))}`, `position: ${moment}`],
    changes: [`sets the offsets of the group ${group}`],
    preconditions: ['nobody is in the group'],
    checks: ['the offsets, read again, are those that were planned'],
    undo: 'puts back what the group had committed before, which may be nothing',
  };
  return {
    id: SET_GROUP_OFFSETS,
    title: 'Set the offsets of the Storer',
    guideline,
    describe: () => Promise.resolve(describe),
    async precondition(run) {
      await enforce(run, await checkGroupEmpty(kafka, group));
    },
    async apply(run) {
      await applyOffsets(kafka, await notedPlan(site, run, options));
    },
    async check(run) {
      const plan = readOffsetsPlan(run.notes.get(GROUP_PLAN), 'journal');
      const compared = await compareOffsets(kafka, plan);
      const found = compared.map(({ topic, partition, before, planned, actual }) => ({
        topic,
        partition,
        before: offsetOf(before),
        planned: offsetOf(planned),
        actual: offsetOf(actual),
      }));
      const wrong = found.filter(({ planned, actual }) => planned !== actual);
      const outcome = wrong.length === 0 ? 'passed' : 'failed';
      await run.evidence({ check: `the offsets of ${group} are those planned: ${moment}`, outcome, found });
      if (wrong.length > 0) throw checkFailed(`the offsets of ${group} are not those that were set`, group);
    },
    async undo(run) {
      const noted = run.notes.get(GROUP_PLAN);
      if (noted !== undefined) await putBack(site, readOffsetsPlan(noted, 'journal'), run.signal);
    },
  };
}

/** The plan is noted before it is applied: after a crash the same one is applied again. */
async function notedPlan(
  { kafka, storer, clock }: Site,
  run: StepRun,
  { positions, mayExpire }: GroupOffsetsOptions,
): Promise<OffsetsPlan> {
  const noted = run.notes.get(GROUP_PLAN);
  if (noted !== undefined) return readOffsetsPlan(noted, 'journal');
  const offsets = await inLog(kafka, positions(run), mayExpire);
  const target = { kind: 'offsets', offsets, origin: 'the positions that were noted' } as const;
  const plan = await proposeOffsets(kafka, {
    group: storer.storer.groupId,
    target,
    clamp: false,
    nowMs: clock.nowMs(),
  });
  await run.notes.note(STARTS, positionsJson(offsets));
  // All of it is JSON, as the files of `bss offsets plan` are.
  await run.notes.note(GROUP_PLAN, offsetsPlanJson(plan));
  return plan;
}

/**
 * The positions, or the starts of logs that have moved beyond them since they were noted: a load takes its time.
 * @throws OFFSETS_OUTSIDE_LOG where that is a loss
 */
async function inLog(
  kafka: KafkaClient,
  positions: readonly NamedOffset[],
  mayExpire: boolean,
): Promise<readonly NamedOffset[]> {
  const topics = [...new Set(positions.map(({ topic }) => topic))];
  const starts = byName(await readPositions(kafka, topics, 'earliest'));
  const raised = positions.map((at) => {
    const start = starts.get(partitionName(at)) ?? at.offset;
    return start > at.offset ? { ...at, offset: start } : at;
  });
  const expired = positions.filter((at, index) => raised[index] !== at);
  if (expired.length === 0 || mayExpire) return raised;
  const texts = expired.map((at) => `${partitionName(at)} from ${at.offset} to ${starts.get(partitionName(at))}`);
  throw new AppError(
    'OFFSETS_OUTSIDE_LOG',
    `records that were to be archived have expired since their positions were noted: ${names(texts)}`,
    {
      subject: topics[0],
      hint: 'Nobody can archive them any more. Raise the retention of the topics, take back what was done with `bss deploy undo`, and begin anew.',
    },
  );
}

/** Where the archive of the live topics is to begin: as it was set for the group, else as noted; undefined before that. */
export function plannedStarts(run: Pick<StepRun, 'notesOf'>): NamedOffset[] | undefined {
  const noted = run.notesOf(SET_GROUP_OFFSETS).get(STARTS) ?? run.notesOf(NOTE_POSITIONS).get(POSITIONS);
  return noted === undefined ? undefined : readPositionsJson(noted);
}

/** Whatever the Storer has committed since: nothing of it holds once its archive is given up. */
async function putBack(
  { kafka, storer, clock }: Site,
  { group, partitions }: OffsetsPlan,
  signal: AbortSignal,
): Promise<void> {
  // A Storer that was killed is in the group until its session is over.
  await refuseLiveGroup(kafka, group, { waitMs: storer.storer.sessionTimeoutMs + SESSION_MARGIN_MS, clock, signal });
  const had = partitions.flatMap(({ topic, partition, before }) => {
    return before === undefined ? [] : [{ topic, partition, ...before }];
  });
  await kafka.alterGroupOffsets(group, had);
  await kafka.deleteGroupOffsets(
    group,
    partitions.filter(({ before }) => before === undefined),
  );
}

/** In words: `the end`. */
function describePosition(position: StartWish['position']): string {
  if (typeof position === 'function') return 'offsets that were noted before';
  if (position === 'earliest') return 'the start';
  return typeof position === 'string'
    ? 'the end'
    : `the first record of ${new Date(position.timestampMs).toISOString()}`;
}

function offsetOf(committed: { readonly offset: bigint } | undefined): string | null {
  return committed === undefined ? null : String(committed.offset);
}
