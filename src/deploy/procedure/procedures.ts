import type { OffsetPosition } from '../../core/kafka/kafka-client.ts';
import type { ProcedureId } from '../facts/deployment-facts.ts';
import type { Step } from '../step/step.ts';
import { cdcLoadStep, endLoadStep, stopCdcStep } from './cdc-steps.ts';
import { createInitTopicsStep, createServiceTopicsStep } from './create-topics-step.ts';
import { drainConsumersStep } from './drain-consumers-step.ts';
import { dumpLoadStep, reconstructedLoadStep, reconstructStep } from './dump-steps.ts';
import { firstSegmentStep } from './first-segment-step.ts';
import { initStorerStep } from './init-storer-step.ts';
import { landscapeStep } from './landscape-step.ts';
import { groupOffsetsStep, notedPositions, notePositionsStep, type StartWish } from './positions-step.ts';
import { proveLoadStep } from './prove-load-step.ts';
import { reloaderStep } from './reloader-step.ts';
import { removeInitTopicsStep } from './remove-topics-step.ts';
import { initGroup, initStorer, initTopics, standardStorer } from './service-config.ts';
import { serviceStep, stopServiceStep } from './service-steps.ts';
import { snapshotLoadStep, snapshotPositions, snapshotStep } from './snapshot-steps.ts';
import type { Site } from './site.ts';

/** The steps of a procedure, in order. Nothing is connected to or changed by making them. */
export function procedureSteps(procedure: ProcedureId, site: Site): Step[] {
  return PROCEDURES[procedure](site);
}

const SIMPLE = 'Properly configure and deploy the services of the Bucket Storage Support';
const STANDARD = 'Reconfigure the Bucket Storage Support for standard operations';

const PROCEDURES: Readonly<Record<ProcedureId, (site: Site) => Step[]>> = {
  P1: (site) => [
    landscapeStep(site),
    createServiceTopicsStep(site),
    notePositionsStep(site, { position: startPosition(site), why: 'as storer.startPosition says' }),
    groupOffsetsStep(site, {
      moment: 'where the archive is to begin',
      guideline: undefined,
      positions: notedPositions,
      mayExpire: beginsAtStart(site),
    }),
    standardStorerStep(site, SIMPLE),
    reloaderStep(site, SIMPLE),
    firstSegmentStep(site),
  ],
  P2: (site) => [
    landscapeStep(site),
    createServiceTopicsStep(site),
    ...initialize(site, cdcLoadStep(site, 'spare'), { position: 'stable', why: 'the moment before the load began' }),
    endLoadStep(site, 'spare'),
    ...switchOver(site),
  ],
  P3: (site) => [
    landscapeStep(site),
    createServiceTopicsStep(site),
    snapshotStep(site),
    ...initialize(site, snapshotLoadStep(site), {
      position: snapshotPositions,
      why: 'where the updater of the projections was before they were read',
    }),
    ...switchOver(site),
  ],
  P5: (site) => [
    landscapeStep(site),
    createServiceTopicsStep(site),
    ...initialize(site, dumpLoadStep(site), fromStart(site)),
    ...switchOver(site, beginsAtStart(site)),
  ],
  P6: (site) => [
    landscapeStep(site),
    reconstructStep(site),
    createServiceTopicsStep(site),
    ...initialize(site, reconstructedLoadStep(site), fromStart(site)),
    ...switchOver(site, beginsAtStart(site)),
  ],
  P4: (site) => [
    landscapeStep(site),
    createServiceTopicsStep(site),
    stopCdcStep(site),
    drainConsumersStep(site),
    notePositionsStep(site, { position: 'stable', why: 'the initial load comes after it, with every row' }),
    groupOffsetsStep(site, {
      moment: 'the end of the topics, before the initial load',
      guideline: undefined,
      positions: notedPositions,
      mayExpire: false,
    }),
    standardStorerStep(site, 'Configure the Bucket Storage Support as in the Simple deployment procedure'),
    reloaderStep(site, SIMPLE),
    cdcLoadStep(site, 'restart'),
    endLoadStep(site, 'restart'),
    proveLoadStep(site, {
      group: site.storer.storer.groupId,
      storer: standardStorer(site),
      targets: initTopics(site).map(({ topic, folder }) => ({ topic, target: topic, folder })),
      from: notedPositions,
    }),
    firstSegmentStep(site),
  ],
};

/** The init topics are made, archived into the final folders, and loaded into; what was loaded is proven to be there. */
function initialize(site: Site, load: Step, start: StartWish): Step[] {
  const topics = initTopics(site);
  return [
    createInitTopicsStep(site),
    notePositionsStep(site, start),
    initStorerStep(site),
    load,
    proveLoadStep(site, {
      group: initGroup(site),
      storer: initStorer(site),
      targets: topics.map(({ topic, init, folder }) => ({ topic, target: init, folder })),
      from: () => [],
    }),
  ];
}

/** From the init topics to the live ones. */
function switchOver(site: Site, mayExpire = false): Step[] {
  return [
    stopServiceStep(site, { id: 'stop-init-storer', title: 'Stop the Storer on the init topics', service: 'storer' }),
    groupOffsetsStep(site, {
      moment: 'the positions noted before the load: nothing that changed since is missed',
      guideline: "Set the Ingestion Storer consumer group's offsets to the moment just after the snapshot is generated",
      positions: notedPositions,
      mayExpire,
    }),
    standardStorerStep(site, STANDARD),
    reloaderStep(site, SIMPLE),
    firstSegmentStep(site),
    removeInitTopicsStep(site),
  ];
}

function standardStorerStep(site: Site, guideline: string): Step {
  const { topics } = site.storer.storer;
  return serviceStep(site, {
    id: 'start-storer',
    title: 'Start the Storer',
    guideline,
    service: 'storer',
    config: standardStorer(site),
    what: topics.map(({ topic, folder }) => `archives ${topic} into ${folder}`),
  });
}

/** A dump is older than it seems: what the live topics still have comes after it, and is never left out by default. */
function fromStart(site: Site): StartWish {
  return { position: startPosition(site), why: 'as storer.startPosition says: what came after the dump' };
}

/** Asked of Kafka and set for the group: the Storer never finds a partition without an offset. */
function startPosition({ storer }: Site): OffsetPosition {
  const { startPosition: position } = storer.storer;
  return position === 'latest' ? 'stable' : position;
}

/** The archive is to have what the topics still have, from their start or from a time on, rather than what comes in from now on. */
function beginsAtStart({ storer }: Site): boolean {
  return storer.storer.startPosition !== 'latest';
}
