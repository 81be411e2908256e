import type { Offset } from '../../core/record/topic-partition.ts';
import type { Evidence } from '../step/step.ts';
import type { ArchivedPartition, ArchivedSource, ArchiveFacts } from './archive-facts.ts';
import { type CertificateFinding, certificateFindings } from './certificate-findings.ts';
import type {
  Certificate,
  CertificateCheck,
  CertificateGroup,
  CertificateSamples,
  CertificateSource,
  CertificateStep,
  CertificateTopic,
} from './certificate-schema.ts';
import type { SampleComparison } from './compare-samples.ts';
import type { GroupFacts } from './group-facts.ts';

/** Everything that a certificate is made from. */
export interface CertificateInput {
  readonly deployment: {
    readonly name: string;
    /** `P4`. */
    readonly procedure: string;
    readonly mode: string;
    readonly startedAtMs: number;
  };
  readonly issuedAtMs: number;
  /** `bss 1.2.3`. */
  readonly tool: string;
  readonly clusterId: string;
  readonly bucketUrl: string;
  readonly topics: readonly HandedOverTopic[];
  readonly counts: readonly CountComparison[];
  readonly groups: readonly GroupFacts[];
  readonly samples: readonly SampleComparison[];
  /** What the journal has, in order. */
  readonly steps: readonly StepProof[];
}

/** A topic that was handed over, and its archive. */
export interface HandedOverTopic {
  readonly topic: string;
  /** Of the topic as it is archived from now on. */
  readonly topicId: string;
  /** Of topics that the initial load went through into the same folder; they may be gone by now. */
  readonly initializationTopicIds: readonly string[];
  readonly archive: ArchiveFacts;
  /** Where normal archiving was to begin, by partition. Undefined: nothing was planned (P1 from the start). */
  readonly plannedStarts: ReadonlyMap<number, Offset> | undefined;
}

/** Records of the source against records of the archive. */
export interface CountComparison {
  /** `rows of public.orders -> orders-init`. */
  readonly what: string;
  /** Undefined: the source cannot be counted. */
  readonly source: bigint | undefined;
  readonly archived: bigint;
  /** `at-least`: changes came in while it was counted. */
  readonly rule: 'equal' | 'at-least';
  /** The table itself, asked when the certificate was issued. Undefined: there is none to be asked. */
  readonly table?: TableCount | undefined;
}

/** The rows that a table has. */
export interface TableCount {
  /** Undefined: the database did not say; `why` has the reason. */
  readonly rows: bigint | undefined;
  /** Why its rows need not be as many as the load has read; undefined: nothing has changed since. */
  readonly why: string | undefined;
}

/** A step of the procedure, as the journal has it. */
export interface StepProof {
  readonly id: string;
  readonly title: string;
  readonly guideline: string | undefined;
  /** `done`: applied and checked. */
  readonly status: string;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  readonly evidence: readonly Evidence[];
}

/**
 * Makes the certificate. Pure. It is proven when every step is done, no check failed, no offset is missing or expired in the
 * archive, counts hold, offsets are as planned, normal archiving began where it was to begin, and no sample differs.
 */
export function buildCertificate(input: CertificateInput): Certificate {
  const { deployment, issuedAtMs } = input;
  const findings = certificateFindings(input);
  const failedSteps = input.steps.flatMap(stepReasons);
  const reasons = [...findings.flatMap((finding) => textsOf(finding, 'failed')), ...failedSteps];
  return {
    kind: 'bss-hand-over-certificate',
    version: 1,
    verdict: reasons.length === 0 ? 'proven' : 'not-proven',
    reasons,
    notes: findings.flatMap((finding) => textsOf(finding, 'noted')),
    deployment: {
      name: deployment.name,
      procedure: deployment.procedure,
      mode: deployment.mode,
      startedAt: time(deployment.startedAtMs),
    },
    issuedAt: time(issuedAtMs),
    tool: input.tool,
    clusterId: input.clusterId,
    bucket: input.bucketUrl,
    checks: findings.map(({ check, outcome, found }) => ({ check, outcome, found, at: time(issuedAtMs) })),
    counts: input.counts.map(({ what, source, archived, rule, table }) => {
      const ofTable = { table: offset(table?.rows), tableRemark: table?.why ?? null };
      return { what, source: offset(source), archived: String(archived), rule, ...ofTable };
    }),
    topics: input.topics.map(topicJson),
    groups: input.groups.map(groupJson),
    samples: input.samples.map(samplesJson),
    steps: input.steps.map(stepJson),
  };
}

function textsOf(finding: CertificateFinding, outcome: Evidence['outcome']): string[] {
  return finding.outcome === outcome ? [finding.text] : [];
}

function stepReasons({ id, title, status, evidence }: StepProof): string[] {
  const failed = evidence.filter(({ outcome }) => outcome === 'failed');
  const texts = failed.map(({ check }) => `Step ${id}: the check "${check}" failed.`);
  return status === 'done' ? texts : [`Step ${id} (${title}) is not done: it is ${status}.`, ...texts];
}

function topicJson(handed: HandedOverTopic): CertificateTopic {
  const { topic, archive } = handed;
  return { topic, folder: archive.folder, sources: archive.sources.map((source) => sourceJson(source, handed)) };
}

function sourceJson({ source, partitions }: ArchivedSource, handed: HandedOverTopic): CertificateSource {
  const isInitialization = handed.initializationTopicIds.includes(source.topicId);
  return {
    source: source.number,
    topic: source.topic,
    topicId: source.topicId,
    role: isInitialization ? 'initialization' : source.topicId === handed.topicId ? 'normal' : 'other',
    since: time(source.createdAtMs),
    records: String(partitions.reduce((sum, { recordCount }) => sum + recordCount, 0)),
    partitions: partitions.map(partitionJson),
  };
}

function partitionJson(at: ArchivedPartition): CertificateSource['partitions'][number] {
  return {
    partition: at.partition,
    start: offset(at.range?.start),
    end: offset(at.range?.end),
    firstRecord: offset(at.firstRecord),
    lastRecord: offset(at.lastRecord),
    records: String(at.recordCount),
    segments: at.segmentCount,
    bytes: at.objectBytes,
    firstSegment: at.firstSegment?.key ?? null,
    gaps: [...at.gaps].map(([reason, offsets]) => ({ reason, offsets: String(offsets) })),
  };
}

function groupJson({ group, state, partitions }: GroupFacts): CertificateGroup {
  return {
    group,
    state,
    partitions: partitions.map(({ topic, partition, planned, applied, current, logStart, logEnd }) => ({
      topic,
      partition,
      planned: offset(planned),
      applied: offset(applied),
      current: offset(current),
      logStart: String(logStart),
      logEnd: String(logEnd),
    })),
  };
}

function samplesJson({ topic, folder, source, atMs, records }: SampleComparison): CertificateSamples {
  return {
    topic,
    folder,
    source: source ?? null,
    compared: records.length,
    equal: records.filter(({ outcome }) => outcome === 'equal').length,
    at: time(atMs),
    records: records
      .toSorted((a, b) => a.partition - b.partition || (a.offset < b.offset ? -1 : 1))
      .map(({ partition, offset: at, timestampMs, bytes, sha256, outcome, differences }) => {
        const timestamp = recordTime(timestampMs);
        return { partition, offset: String(at), timestamp, bytes, sha256, outcome, differences: [...differences] };
      }),
  };
}

function stepJson(step: StepProof): CertificateStep {
  return {
    id: step.id,
    title: step.title,
    guideline: step.guideline ?? null,
    status: step.status,
    startedAt: step.startedAtMs === undefined ? null : time(step.startedAtMs),
    endedAt: step.endedAtMs === undefined ? null : time(step.endedAtMs),
    checks: step.evidence.map(({ check, outcome, found, atMs }): CertificateCheck => {
      return { check, outcome, found, at: time(atMs) };
    }),
  };
}

function offset(value: Offset | undefined): string | null {
  return value === undefined ? null : String(value);
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

/** Producers set timestamps as they like: not all of them are times that can be written. */
function recordTime(ms: bigint): string {
  const date = new Date(Number(ms));
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
