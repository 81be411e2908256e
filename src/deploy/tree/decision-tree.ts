import type { DeploymentFacts, DeploymentMode, ProcedureId } from '../facts/deployment-facts.ts';

/** What a fork asks for: a fact, or the mode of the deployment. */
export type Asked = keyof DeploymentFacts | 'mode';

/** What can be answered. */
export type AnswerValue = boolean | DeploymentMode;

/** A question of the tree. */
export interface Fork {
  readonly kind: 'fork';
  /** Unique in the tree: `cdc` is asked for at two forks. */
  readonly id: string;
  readonly asks: Asked;
  readonly question: string;
  /** The question for pictures: a few words. */
  readonly brief: string;
  /** Why the answer matters. */
  readonly why: string;
  /** What the guidelines say at this fork, in our words; undefined where they do not ask. */
  readonly guideline: string | undefined;
  readonly answers: readonly Answer[];
}

/** One way out of a fork. */
export interface Answer {
  readonly value: AnswerValue;
  /** What follows from it, as a sentence: the reason in the path that was taken. */
  readonly because: string;
  readonly to: Fork | Outcome;
}

/** Where a path ends. */
export interface Outcome {
  readonly kind: 'outcome';
  readonly id: string;
  readonly procedure: ProcedureId;
  /** False: the guidelines have no answer here, and the procedure is the nearest one. */
  readonly covered: boolean;
  /** What the guidelines say, or what they leave open. */
  readonly guideline: string;
  /** What remains to be watched; of an outcome that is not covered, what is risked. Undefined: nothing in particular. */
  readonly risk: string | undefined;
}

const GREENFIELD_SEQUENTIAL: Outcome = {
  kind: 'outcome',
  id: 'greenfield-sequential',
  procedure: 'P1',
  covered: false,
  guideline: 'The guidelines treat a new installation in parallel mode only.',
  risk: 'Consumers get records only once these are in the bucket: while the bucket or the Storer stands still, so do they. Point them at the post-ingestion topics before the first record is written; whatever one reads before, it reads twice.',
};

const MODE: Fork = {
  kind: 'fork',
  id: 'mode',
  asks: 'mode',
  question: 'Is the bucket filled beside the consumers (parallel), or do records pass through it first (sequential)?',
  brief: 'Parallel or sequential?',
  why: 'In parallel mode consumers notice nothing. In sequential mode they read other topics, and depend on the Storer.',
  guideline: 'A new installation in parallel mode needs no particular configuration.',
  answers: [
    {
      value: 'parallel',
      because: 'Consumers read the same topics as the Storer, so that nothing has to be set up for them.',
      to: {
        kind: 'outcome',
        id: 'greenfield-parallel',
        procedure: 'P1',
        covered: true,
        guideline: 'New installation, parallel: the services are configured and started.',
        risk: undefined,
      },
    },
    {
      value: 'sequential',
      because: 'Consumers will read post-ingestion topics, which the Storer writes.',
      to: GREENFIELD_SEQUENTIAL,
    },
  ],
};

const CRITICAL_IMPORT: Fork = {
  kind: 'fork',
  id: 'critical-import',
  asks: 'scheduledFullImport',
  question: 'Does a connector import everything on a schedule, such as a CSV file a day?',
  brief: 'Scheduled full imports?',
  why: 'If everything is written again anyway, the next import fills the bucket without any intervention.',
  guideline: undefined,
  answers: [
    {
      value: true,
      because: 'The next import writes every row again, and the Storer archives it like everything else.',
      to: {
        kind: 'outcome',
        id: 'critical-import',
        procedure: 'P1',
        covered: false,
        guideline:
          'For installations where near real time is critical, the guidelines speak only of those fed by a CDC.',
        risk: 'The bucket is complete only after the next full import, and never has what was deleted at the source before it. Records that other writers produced before the installation stay outside.',
      },
    },
    {
      value: false,
      because: 'Nothing writes the older data again: they have to come from where they are now, the projections.',
      to: {
        kind: 'outcome',
        id: 'critical-without-cdc',
        procedure: 'P3',
        covered: false,
        guideline:
          'For installations where near real time is critical, the guidelines speak only of those fed by a CDC.',
        risk: 'Projections hold the last state of what was mapped: no former states, no deleted rows, no column that no projection takes. Where a dump of the source exists, `bss load` into topics of its own gives more, and disturbs consumers as little.',
      },
    },
  ],
};

const SEVERAL_TASKS: Fork = {
  kind: 'fork',
  id: 'several-tasks',
  asks: 'cdcSeveralIngestionTasks',
  question: 'Can the CDC run a further ingestion task beside the one that feeds the topics?',
  brief: 'Can the CDC run several ingestion tasks?',
  why: 'A second task can load everything into topics of its own, while the first one goes on undisturbed.',
  guideline: 'If the CDC supports several ingestion tasks, one of them fills topics dedicated to the initialization.',
  answers: [
    {
      value: true,
      because: 'A second task loads everything into topics of its own, while the first one goes on.',
      to: {
        kind: 'outcome',
        id: 'cdc-several-tasks',
        procedure: 'P2',
        covered: true,
        guideline: 'Near real time critical, CDC with several ingestion tasks: initial load through dedicated topics.',
        risk: undefined,
      },
    },
    {
      value: false,
      because: 'The one task must not be disturbed, so that the older data have to come from the projections.',
      to: {
        kind: 'outcome',
        id: 'cdc-one-task',
        procedure: 'P3',
        covered: true,
        guideline: 'Near real time critical, CDC with a single task: the projections are the input.',
        risk: 'Projections hold the last state of what was mapped: no former states, no deleted rows, no column that no projection takes.',
      },
    },
  ],
};

const CRITICAL: Fork = {
  kind: 'fork',
  id: 'critical-cdc',
  asks: 'cdc',
  question: 'Does a change data capture (CDC) feed the topics?',
  brief: 'Fed by a CDC?',
  why: 'A CDC can write every row anew; whether it can do so without disturbing what is critical is asked next.',
  guideline: 'Near real time critical: with a CDC there are two ways; without one the guidelines say nothing.',
  answers: [
    { value: true, because: 'The CDC is the first candidate to write the older data again.', to: SEVERAL_TASKS },
    { value: false, because: 'There is no CDC that could write the older data again.', to: CRITICAL_IMPORT },
  ],
};

const DUMP: Fork = {
  kind: 'fork',
  id: 'dump',
  asks: 'dumpPossible',
  question: 'Can a dump of the archived raw data be made?',
  brief: 'Can a dump be made of them?',
  why: 'A dump has every row with all of its columns; what is projected may have fewer.',
  guideline: 'Archived raw data: dumped and loaded if that is possible, otherwise the projections are the input.',
  answers: [
    {
      value: true,
      because: 'The dump is loaded into Kafka, as an initial load would have been.',
      to: {
        kind: 'outcome',
        id: 'dump',
        procedure: 'P5',
        covered: true,
        guideline: 'Raw data archived and a dump possible: the dump is loaded into Kafka.',
        risk: 'A dump has the rows as they were when it was made: former states and deleted rows are not in it.',
      },
    },
    {
      value: false,
      because: 'No dump can be had, so that the older data have to come from the projections.',
      to: {
        kind: 'outcome',
        id: 'no-dump',
        procedure: 'P3',
        covered: true,
        guideline: 'Raw data archived but no dump possible: the projections are the input.',
        risk: 'Projections hold the last state of what was mapped: no former states, no deleted rows, no column that no projection takes.',
      },
    },
  ],
};

const RECONSTRUCTIBLE: Fork = {
  kind: 'fork',
  id: 'reconstructible',
  asks: 'dumpReconstructible',
  question: 'Is the history kept anywhere else (change events, backups), such that a dump can be rebuilt from it?',
  brief: 'Can a dump be rebuilt from elsewhere?',
  why: 'A dump can only be rebuilt from something: change events in another archive, backups, files.',
  guideline:
    'Raw data not archived in the platform: a dump is rebuilt first. The guidelines take for granted that it can.',
  answers: [
    {
      value: true,
      because: 'The last state of every row is folded from what is kept, and loaded as a dump.',
      to: {
        kind: 'outcome',
        id: 'reconstructed-dump',
        procedure: 'P6',
        covered: true,
        guideline: 'Raw data not archived in the platform: a dump is rebuilt, then loaded into Kafka.',
        risk: 'The dump is as complete as what it is rebuilt from: a row without any event in it is missing.',
      },
    },
    {
      value: false,
      because: 'There is nothing to rebuild a dump from: the projections are all that is left of the older data.',
      to: {
        kind: 'outcome',
        id: 'no-history',
        procedure: 'P3',
        covered: false,
        guideline:
          'The guidelines say to rebuild a dump, and leave open what is to be done when there is nothing to rebuild it from.',
        risk: 'Projections hold the last state of what was mapped: no former states, no deleted rows, no column that no projection takes. Nothing else can prove that they are complete.',
      },
    },
  ],
};

const ARCHIVED: Fork = {
  kind: 'fork',
  id: 'archived',
  asks: 'rawDataArchived',
  question: 'Are raw data of the system of record archived in this platform?',
  brief: 'Raw data archived?',
  why: 'What is archived can be dumped and loaded; otherwise a dump has to be rebuilt first.',
  guideline: 'Without CDC and scheduled import, it depends on whether raw data of the system of record are archived.',
  answers: [
    { value: false, because: 'A dump has to be rebuilt before it can be loaded.', to: RECONSTRUCTIBLE },
    { value: true, because: 'The raw data are at hand, if they can be dumped.', to: DUMP },
  ],
};

const IMPORT: Fork = {
  kind: 'fork',
  id: 'import',
  asks: 'scheduledFullImport',
  question: 'Does a connector import everything on a schedule, such as a CSV file a day?',
  brief: 'Scheduled full imports?',
  why: 'If everything is written again anyway, the next import fills the bucket without any intervention.',
  guideline: 'With a connector that imports everything on a schedule, the simple deployment is enough.',
  answers: [
    {
      value: true,
      because: 'The next import writes every row again, and the Storer archives it like everything else.',
      to: {
        kind: 'outcome',
        id: 'import',
        procedure: 'P1',
        covered: true,
        guideline: 'Near real time not critical, scheduled full import: the services are configured and started.',
        risk: 'The bucket is complete only after the next full import, and never has what was deleted at the source before it.',
      },
    },
    { value: false, because: 'Nothing writes the older data again by itself.', to: ARCHIVED },
  ],
};

const RELAXED: Fork = {
  kind: 'fork',
  id: 'relaxed-cdc',
  asks: 'cdc',
  question: 'Does a change data capture (CDC) feed the topics?',
  brief: 'Fed by a CDC?',
  why: 'A CDC can be stopped and told to write every row anew, as readers can wait for so long.',
  guideline: 'Near real time not critical, fed by a CDC: it is stopped, and an initial load fills the bucket.',
  answers: [
    {
      value: true,
      because: 'The CDC may be stopped for a while: its own initial load writes the older data again.',
      to: {
        kind: 'outcome',
        id: 'stop-cdc',
        procedure: 'P4',
        covered: true,
        guideline: 'Near real time not critical, CDC: it is stopped, and loads everything once the Storer is there.',
        risk: 'Consumers of the topics see the whole load too, and no change from the stop to its end.',
      },
    },
    { value: false, because: 'There is no CDC that could write the older data again.', to: IMPORT },
  ],
};

const CRITICALITY: Fork = {
  kind: 'fork',
  id: 'criticality',
  asks: 'nearRealTimeCritical',
  question: 'Do readers of the topics need changes within seconds, even while bucket storage is being installed?',
  brief: 'Near real time critical?',
  why: 'If so, nothing may be stopped or flooded: the older data must take another way than the live topics.',
  guideline: 'If near real time is critical, the older data must not come through the topics that are being read.',
  answers: [
    {
      value: true,
      because: 'What feeds the topics must not be stopped, and readers must not be flooded.',
      to: CRITICAL,
    },
    {
      value: false,
      because: 'Readers of the topics can wait: the older data may come through their topics.',
      to: RELAXED,
    },
  ],
};

const OLDER_DATA: Fork = {
  kind: 'fork',
  id: 'older-data',
  asks: 'olderDataWanted',
  question: 'Are data wanted in the bucket that are older than its installation?',
  brief: 'Older data wanted in the bucket?',
  why: 'The Storer archives what is in the topics from its start on. Anything older has to be written once more.',
  guideline: 'Existing installation whose older data are not wanted in the bucket: the simple deployment is enough.',
  answers: [
    {
      value: false,
      because: 'What the topics hold from the start on is enough.',
      to: {
        kind: 'outcome',
        id: 'older-data-unwanted',
        procedure: 'P1',
        covered: true,
        guideline: 'Older data not wanted: the services are configured and started.',
        risk: 'What is older than the chosen start position can never be reloaded from the bucket.',
      },
    },
    {
      value: true,
      because: 'The older data have to be written once more. It depends on who may be disturbed.',
      to: CRITICALITY,
    },
  ],
};

/** The tree of the deployment guidelines: its first question. */
export const DECISION_TREE: Fork = {
  kind: 'fork',
  id: 'greenfield',
  asks: 'greenfield',
  question: 'Is this a new installation, without data that are older than it?',
  brief: 'New installation?',
  why: 'Without older data nothing has to be brought into the bucket afterwards.',
  guideline: 'A new installation and one that exists already are told apart first.',
  answers: [
    { value: true, because: 'There are no older data: everything will pass the Storer.', to: MODE },
    { value: false, because: 'Data exist already, from before there was a bucket.', to: OLDER_DATA },
  ],
};
