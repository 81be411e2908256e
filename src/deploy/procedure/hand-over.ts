import { collectArchiveFacts, countArchived } from '../certificate/archive-facts.ts';
import { buildCertificate, type CountComparison, type HandedOverTopic } from '../certificate/build-certificate.ts';
import type { Certificate } from '../certificate/certificate-schema.ts';
import { compareSamples } from '../certificate/compare-samples.ts';
import { collectGroupFacts, type IntendedOffset } from '../certificate/group-facts.ts';
import type { DeploymentState } from '../journal/deployment-state.ts';
import { readOffsetsPlan } from '../offsets/offsets-plan-json.ts';
import type { NamedOffset } from '../offsets/offset-target.ts';
import type { Step } from '../step/step.ts';
import { LOAD_ROWS, RUN_LOAD } from './cdc-steps.ts';
import { compareTables } from './compare-tables.ts';
import { liveTopics } from './live-topics.ts';
import { GROUP_PLAN, plannedStarts, SET_GROUP_OFFSETS } from './positions-step.ts';
import { type InitTopic, initTopics } from './service-config.ts';
import type { Site } from './site.ts';

/** What a certificate of a deployment is made from. */
export interface HandOver {
  readonly site: Site;
  readonly steps: readonly Step[];
  readonly state: DeploymentState;
  /** `bss 1.2.3`. */
  readonly tool: string;
}

/**
 * Looks at Kafka and the bucket as they are now, beside what the journal has, and certifies the hand-over: or says why it
 * is not proven. Changes nothing.
 * @throws KAFKA_*, BUCKET_*, ARCHIVE_*, SEGMENT_*
 */
export async function certifyHandOver({ site, steps, state, tool }: HandOver): Promise<Certificate> {
  const { kafka, bucket, clock, storer, deployment } = site;
  const { begun } = state;
  const topics = await Promise.all(initTopics(site).map((topic) => handedOver(site, state, topic)));
  const samples = topics.map(({ topic, archive: { folder } }) => {
    const request = { topic, folder, count: deployment.checks.samples, nowMs: clock.nowMs(), random: Math.random };
    return compareSamples(kafka, bucket, request);
  });
  return buildCertificate({
    deployment: { name: begun.name, procedure: begun.procedure, mode: begun.mode, startedAtMs: state.begunAtMs },
    issuedAtMs: clock.nowMs(),
    tool,
    clusterId: await kafka.clusterId(),
    bucketUrl: bucket.url,
    topics,
    counts: await loadedCounts(site, state, topics),
    groups: [await collectGroupFacts(kafka, storer.storer.groupId, liveTopics(site), intendedOffsets(state))],
    samples: await Promise.all(samples),
    steps: steps.map(({ id, title, guideline }) => {
      const step = state.steps.get(id);
      const { status = 'pending', startedAtMs, endedAtMs, evidence = [] } = step ?? {};
      return { id, title, guideline, status, startedAtMs, endedAtMs, evidence };
    }),
  });
}

async function handedOver(
  { kafka, bucket }: Site,
  state: DeploymentState,
  mapping: InitTopic,
): Promise<HandedOverTopic> {
  const { topic, init, folder } = mapping;
  const [described] = await kafka.describeTopics([topic]);
  const archive = await collectArchiveFacts(bucket, folder);
  const initial = archive.sources.filter(({ source }) => source.topic === init);
  const planned = plannedPositions(state).filter((at) => at.topic === topic);
  return {
    topic,
    topicId: described?.id ?? '',
    initializationTopicIds: initial.map(({ source }) => source.topicId),
    archive,
    plannedStarts:
      planned.length === 0 ? undefined : new Map(planned.map(({ partition, offset }) => [partition, offset])),
  };
}

function plannedPositions(state: DeploymentState): NamedOffset[] {
  return plannedStarts({ notesOf: (step) => state.steps.get(step)?.notes ?? new Map() }) ?? [];
}

/** What the load read at the source, against what the archive has of where it wrote. */
async function loadedCounts(
  site: Site,
  state: DeploymentState,
  topics: readonly HandedOverTopic[],
): Promise<CountComparison[]> {
  const { bucket, deployment } = site;
  const load = state.steps.get(RUN_LOAD);
  const rows = load?.notes.get(LOAD_ROWS);
  // A load that nobody counted is told as such, once it is over.
  if (rows === undefined && load?.status !== 'done') return [];
  const counts: LoadedCount[] = [];
  for (const { topic, topicId, initializationTopicIds, archive } of topics) {
    const read: unknown = Reflect.get(Object(rows), topic);
    const isInit = initializationTopicIds.length > 0;
    let archived = 0n;
    for (const id of isInit ? initializationTopicIds : [topicId]) {
      archived += await countArchived(bucket, archive.folder, { topicId: id });
    }
    counts.push({
      topic,
      what: `rows of ${deployment.source?.tables[topic] ?? topic} that the load read -> ${archive.folder}`,
      source: typeof read === 'number' ? BigInt(read) : undefined,
      archived,
      // A CDC writes changes beside the rows; a dump has nothing but rows.
      rule: deployment.cdc === undefined ? 'equal' : 'at-least',
    });
  }
  const isLive = state.begun.procedure === 'P4';
  const tables = await compareTables(site, counts, { positions: plannedPositions(state), isLive });
  return counts.map(({ topic, ...count }) => ({ ...count, table: tables.get(topic) }));
}

interface LoadedCount extends CountComparison {
  readonly topic: string;
}

function intendedOffsets(state: DeploymentState): IntendedOffset[] {
  const step = state.steps.get(SET_GROUP_OFFSETS);
  const plan = step?.notes.get(GROUP_PLAN);
  if (step === undefined || plan === undefined) return [];
  const isSet = step.status === 'done';
  return readOffsetsPlan(plan, 'journal').partitions.map(({ topic, partition, after }) => {
    return { topic, partition, planned: after, applied: isSet ? after : undefined };
  });
}
