import { formatBytes, formatCount, formatDuration } from '../../core/runtime/human-units.ts';
import type {
  Certificate,
  CertificateCheck,
  CertificateGroup,
  CertificateSamples,
  CertificateSource,
  CertificateStep,
} from './certificate-schema.ts';

/** A part of a certificate as people read it: the same for Markdown and HTML. */
export interface DocumentSection {
  readonly id: string;
  readonly title: string;
  /** What the section shows and how it was found, for a reader who knows nothing. */
  readonly text: string;
  readonly tables: readonly DocumentTable[];
}

/** A table. Long ones may be folded. */
export interface DocumentTable {
  readonly caption: string;
  /** A sentence below the caption. */
  readonly note?: string | undefined;
  readonly columns: readonly { readonly title: string; readonly align?: 'right' }[];
  readonly rows: readonly (readonly DocumentCell[])[];
}

/** A cell. `detail` is the whole of what `text` abridges. */
export interface DocumentCell {
  readonly text: string;
  readonly kind?: 'code' | 'passed' | 'failed' | 'noted' | undefined;
  readonly detail?: string | undefined;
}

const FOUND_SHOWN_MAX = 110;
const NO_BREAK = '\u00a0';

/** The title of a certificate. */
export function certificateTitle({ deployment }: Certificate): string {
  return `Hand-over certificate: ${deployment.name}`;
}

/** The verdict in a sentence. */
export function verdictText({ verdict, reasons }: Certificate): string {
  if (verdict === 'proven') return 'Every check held: the hand-over is proven.';
  return `The hand-over is not proven: ${reasons.length === 1 ? 'a check' : `${reasons.length} checks`} did not hold.`;
}

/** What the certificate is about, in pairs of name and value. */
export function certificateFacts(certificate: Certificate): (readonly [string, string])[] {
  const { deployment, issuedAt, clusterId, bucket, tool } = certificate;
  return [
    ['Procedure', `${deployment.procedure}, ${deployment.mode}`],
    ['Begun', readableTime(deployment.startedAt)],
    ['Issued', readableTime(issuedAt)],
    ['Kafka cluster', clusterId],
    ['Bucket', bucket],
    ['Issued by', tool],
  ];
}

/** The figures that sum it up, in pairs of name and value. */
export function certificateFigures(certificate: Certificate): (readonly [string, string])[] {
  const { topics, samples, steps } = certificate;
  const sources = topics.flatMap((topic) => topic.sources);
  const records = sources.reduce((sum, source) => sum + BigInt(source.records), 0n);
  const partitions = sources.reduce((sum, source) => sum + source.partitions.length, 0);
  const checks = [...certificate.checks, ...steps.flatMap((step) => step.checks)];
  const held = checks.filter(({ outcome }) => outcome !== 'failed').length;
  const compared = samples.reduce((sum, sample) => sum + sample.compared, 0);
  const equal = samples.reduce((sum, sample) => sum + sample.equal, 0);
  return [
    ['records archived', formatCount(records)],
    ['topics', formatCount(topics.length)],
    ['partitions archived', formatCount(partitions)],
    ['samples the same', compared === 0 ? 'none drawn' : `${formatCount(equal)} of ${formatCount(compared)}`],
    ['checks held', `${held} of ${checks.length}`],
  ];
}

/** All sections, in the order in which a reader would ask. */
export function certificateSections(certificate: Certificate): DocumentSection[] {
  const { checks, counts, topics, groups, samples, steps } = certificate;
  const sections: DocumentSection[] = [
    {
      id: 'checks',
      title: 'What was checked at the end',
      text: 'From the state of Kafka and of the bucket when this certificate was issued.',
      tables: [checkTable('', checks)],
    },
    {
      id: 'counts',
      title: 'Source and archive',
      text: 'Rows of the system of record against records of the archive.',
      tables: counts.length === 0 ? [] : [countTable(certificate)],
    },
    {
      id: 'archive',
      title: 'The archive',
      text: 'A folder of the bucket is read source by source, in this order. Offsets without a record are counted by reason.',
      tables: topics.flatMap((topic) => topic.sources.map((source) => sourceTable(topic.folder, source))),
    },
    {
      id: 'groups',
      title: 'Consumer groups',
      text: 'Offsets as they were planned, as they were read right after they were set, and as they are now.',
      tables: groups.map(groupTable),
    },
    {
      id: 'samples',
      title: 'Compared records',
      text: 'Drawn across all partitions, read from Kafka and from the archive, and compared byte by byte. SHA-256 tells records apart without showing them.',
      tables: samples.filter(({ compared }) => compared > 0).map(samplesTable),
    },
    {
      id: 'steps',
      title: 'Steps of the procedure',
      text: 'What the journal has: each check with what was found, when it was made.',
      tables: steps.map(stepTable),
    },
  ];
  return sections.filter(({ tables }) => tables.length > 0);
}

function checkTable(caption: string, checks: readonly CertificateCheck[]): DocumentTable {
  return {
    caption,
    columns: [{ title: 'Outcome' }, { title: 'Check' }, { title: 'Found' }],
    rows: checks.map(({ check, outcome, found }) => [
      { text: outcome, kind: outcome },
      { text: check },
      foundCell(found),
    ]),
  };
}

function countTable({ counts }: Certificate): DocumentTable {
  return {
    caption: '',
    columns: [
      { title: 'What' },
      { title: 'Source', align: 'right' },
      { title: 'Archive', align: 'right' },
      { title: 'Rule' },
      { title: 'Table now', align: 'right' },
      { title: 'Remark' },
    ],
    rows: counts.map(({ what, source, archived, rule, table, tableRemark }) => [
      { text: what },
      { text: source === null ? 'not counted' : formatCount(BigInt(source)) },
      { text: formatCount(BigInt(archived)) },
      { text: rule === 'equal' ? 'equal' : 'at least as many' },
      { text: table === null ? '-' : formatCount(BigInt(table)) },
      { text: tableRemark ?? '-' },
    ]),
  };
}

function sourceTable(
  folder: string,
  { source, topic, role, since, records, partitions }: CertificateSource,
): DocumentTable {
  const roles = { initialization: 'initialization', normal: 'normal archiving', other: 'archived before' };
  return {
    caption: `${folder}, source ${source}: ${topic} (${roles[role]}, since ${readableTime(since)}), ${formatCount(BigInt(records))} records`,
    columns: [
      { title: 'Partition', align: 'right' },
      { title: 'Offsets' },
      { title: 'First and last record' },
      { title: 'Records', align: 'right' },
      { title: 'Segments', align: 'right' },
      { title: 'Size', align: 'right' },
      { title: 'Without a record' },
      { title: 'First segment' },
    ],
    rows: partitions.map((at) => [
      { text: String(at.partition) },
      {
        text: at.start === null || at.end === null ? '-' : `${at.start}${NO_BREAK}to${NO_BREAK}${BigInt(at.end) - 1n}`,
      },
      { text: at.firstRecord === null ? '-' : `${at.firstRecord}${NO_BREAK}and${NO_BREAK}${at.lastRecord}` },
      { text: formatCount(BigInt(at.records)) },
      { text: formatCount(at.segments) },
      { text: formatBytes(at.bytes) },
      {
        text: at.gaps.length === 0 ? '-' : at.gaps.map((gap) => `${gap.offsets} ${gap.reason}`).join(', '),
        kind: at.gaps.some(({ reason }) => reason === 'missing' || reason === 'expired') ? 'failed' : undefined,
      },
      { text: at.firstSegment ?? '-', kind: 'code' },
    ]),
  };
}

function groupTable({ group, state, partitions }: CertificateGroup): DocumentTable {
  return {
    caption: `${group} (${state})`,
    columns: [
      { title: 'Partition' },
      ...['Planned', 'Applied', 'Now', 'Log start', 'Log end'].map((title) => ({ title, align: 'right' as const })),
    ],
    rows: partitions.map((at) => [
      { text: `${at.topic}-${at.partition}` },
      { text: at.planned ?? '-' },
      { text: at.applied ?? '-', kind: at.applied !== null && at.applied !== at.planned ? 'failed' : undefined },
      { text: at.current ?? '-' },
      { text: at.logStart },
      { text: at.logEnd },
    ]),
  };
}

function samplesTable({ topic, folder, source, compared, equal, records }: CertificateSamples): DocumentTable {
  return {
    caption: `${topic} and source ${source ?? '-'} of ${folder}: ${equal} of ${compared} are the same`,
    columns: [
      { title: 'Outcome' },
      { title: 'Partition', align: 'right' },
      { title: 'Offset', align: 'right' },
      { title: 'Timestamp' },
      { title: 'Bytes', align: 'right' },
      { title: 'SHA-256' },
    ],
    rows: records.map(({ outcome, differences, partition, offset, timestamp, bytes, sha256 }) => [
      {
        text: outcome === 'different' ? `different: ${differences.join(', ')}` : outcome,
        kind: outcome === 'equal' ? 'passed' : 'failed',
      },
      { text: String(partition) },
      { text: offset },
      { text: readableTime(timestamp) },
      { text: formatCount(bytes) },
      { text: sha256.slice(0, 16), kind: 'code', detail: sha256 },
    ]),
  };
}

function stepTable(step: CertificateStep, index: number): DocumentTable {
  const { title, status, startedAt, endedAt, checks } = step;
  const took =
    startedAt === null || endedAt === null ? '' : `, ${formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}`;
  const when = startedAt === null ? '' : `, ${readableTime(startedAt)}`;
  const { columns, rows } = checkTable('', checks);
  return {
    caption: `${index + 1}. ${title} (${status}${when}${took})`,
    note: step.guideline ?? undefined,
    columns: [...columns, { title: 'When' }],
    rows: rows.map((cells, row) => [...cells, { text: readableTime(checks[row]?.at ?? '') }]),
  };
}

/** Few and plain values are shown as they are; the rest is abridged, with the whole as detail. */
function foundCell(found: unknown): DocumentCell {
  const text = foundText(found);
  if (text.length <= FOUND_SHOWN_MAX) return { text };
  return { text: `${text.slice(0, FOUND_SHOWN_MAX - 3)}...`, detail: JSON.stringify(found, undefined, 2) };
}

/** JSON in words: `topic: orders, ends (orders-0: 40, orders-1: 38)`. */
function foundText(found: unknown): string {
  if (Array.isArray(found)) return found.length === 0 ? 'none' : found.map(foundText).join('; ');
  if (typeof found === 'string') return found;
  if (found === null) return 'unknown';
  if (typeof found !== 'object') return JSON.stringify(found);
  const parts = Object.entries(found).map(([name, value]: [string, unknown]) => {
    const text = foundText(value);
    return typeof value === 'object' && value !== null && text !== 'none' ? `${name} (${text})` : `${name}: ${text}`;
  });
  return parts.join(', ');
}

/** `2026-03-14 08:30:00 UTC`; what is no time stays as it is. */
function readableTime(iso: string): string {
  return iso.replace(/^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/, '$1 $2 UTC');
}
