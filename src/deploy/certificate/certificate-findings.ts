import { partitionName } from '../../core/record/topic-partition.ts';
import type { Evidence, JsonValue } from '../step/step.ts';
import type { ArchivedSource } from './archive-facts.ts';
import type { CertificateInput, CountComparison, HandedOverTopic } from './build-certificate.ts';
import type { SampleComparison } from './compare-samples.ts';
import type { GroupFacts } from './group-facts.ts';

/** What a certificate's own checks found. */
export interface CertificateFinding {
  readonly check: string;
  readonly outcome: Evidence['outcome'];
  readonly found: JsonValue;
  /** The result in a sentence, for the list of reasons or notes. */
  readonly text: string;
}

/** Reasons for offsets without a record that mean a loss. */
const LOSSES = ['missing', 'expired'] as const;
/** Those that a reader should know of. */
const REMARKABLE = ['skipped', 'compacted'] as const;

/** Every check that can be made from the facts alone, in the order in which a reader would ask. */
export function certificateFindings(input: CertificateInput): CertificateFinding[] {
  return [
    ...input.topics.flatMap((topic) => [archiveFinding(topic), ...startFinding(topic)]),
    ...input.counts.flatMap((count) => [countFinding(count), ...tableFinding(count)]),
    ...input.groups.flatMap(groupFindings),
    ...input.samples.map(sampleFinding),
  ];
}

/** Is everything there that the chains cover? */
function archiveFinding({ topic, archive: { folder, sources } }: HandedOverTopic): CertificateFinding {
  const check = `the archive of ${topic} in the folder ${folder} is whole`;
  const records = sources.reduce((sum, { partitions }) => sum + recordsOf(partitions), 0);
  if (sources.length === 0) {
    return { check, outcome: 'failed', found: { records: '0' }, text: `The folder ${folder} holds no archive.` };
  }
  const lost = gapsOf(sources, LOSSES);
  const remarkable = gapsOf(sources, REMARKABLE);
  const found = { sources: sources.length, records: String(records), lost, remarkable };
  if (lost.length > 0) {
    return { check, outcome: 'failed', found, text: `The archive of ${topic} lacks offsets: ${shown(lost)}.` };
  }
  if (remarkable.length > 0) {
    return { check, outcome: 'noted', found, text: `The archive of ${topic} has recorded gaps: ${shown(remarkable)}.` };
  }
  return { check, outcome: 'passed', found, text: `The archive of ${topic} is whole.` };
}

interface FoundGap {
  readonly place: string;
  readonly reason: string;
  readonly offsets: string;
}

function gapsOf(sources: readonly ArchivedSource[], reasons: readonly string[]): FoundGap[] & JsonValue {
  return sources.flatMap(({ source, partitions }) =>
    partitions.flatMap(({ partition, gaps }) =>
      [...gaps].flatMap(([reason, offsets]) => {
        const place = `source ${source.number}, partition ${partition}`;
        return reasons.includes(reason) ? [{ place, reason, offsets: String(offsets) }] : [];
      }),
    ),
  );
}

function shown(gaps: readonly FoundGap[]): string {
  const texts = gaps.slice(0, 5).map(({ place, reason, offsets }) => `${offsets} ${reason} in ${place}`);
  return gaps.length > 5 ? `${texts.join('; ')}; and ${gaps.length - 5} more` : texts.join('; ');
}

/** Did normal archiving begin where it was to begin? Earlier repeats records, later loses some. */
function startFinding(handed: HandedOverTopic): CertificateFinding[] {
  const { topic, topicId, archive, plannedStarts } = handed;
  if (plannedStarts === undefined) return [];
  const check = `normal archiving of ${topic} began where it was planned`;
  const normal = archive.sources.find(({ source }) => source.topicId === topicId);
  const starts = [...plannedStarts].map(([partition, planned]) => {
    const archived = normal?.partitions.find((at) => at.partition === partition);
    const start = archived?.range?.start;
    const how =
      start === undefined ? 'not yet' : start > planned ? 'later' : start < planned ? 'earlier' : 'as planned';
    return { partition, planned: String(planned), start: start === undefined ? null : String(start), how };
  });
  const found = Object.fromEntries(
    starts.map(({ partition, planned, start, how }) => {
      return [partitionName({ topic, partition }), { planned, start: start ?? 'nothing archived', how }];
    }),
  );
  const names = (how: string): string =>
    starts.flatMap((at) => (at.how === how ? [partitionName({ topic, partition: at.partition })] : [])).join(', ');
  const later = starts.filter(({ how }) => how === 'later');
  if (later.length > 0) {
    const first = later.map(({ partition, planned, start }) => `${partition} at ${start} instead of ${planned}`);
    const text = `Archiving of ${topic} began too late in partition ${first.join(', ')}: what lies between is not archived.`;
    return [{ check, outcome: 'failed', found, text }];
  }
  const notes: string[] = [];
  if (names('not yet') !== '') notes.push(`nothing is archived yet in ${names('not yet')}`);
  if (names('earlier') !== '')
    notes.push(`earlier than planned in ${names('earlier')}, where records may be archived twice`);
  if (notes.length > 0)
    return [{ check, outcome: 'noted', found, text: `Archiving of ${topic}: ${notes.join('; ')}.` }];
  return [{ check, outcome: 'passed', found, text: `Archiving of ${topic} began as planned.` }];
}

function countFinding({ what, source, archived, rule }: CountComparison): CertificateFinding {
  const check = `the archive has ${rule === 'equal' ? 'as many' : 'at least as many'} records as the source: ${what}`;
  const found = { source: source === undefined ? null : String(source), archived: String(archived), rule };
  if (source === undefined) {
    return {
      check,
      outcome: 'noted',
      found,
      text: `${what}: the source could not be counted; archived are ${archived}.`,
    };
  }
  const holds = rule === 'equal' ? archived === source : archived >= source;
  const text = `${what}: ${source} in the source, ${archived} in the archive.`;
  return { check, outcome: holds ? 'passed' : 'failed', found, text };
}

/**
 * Has the table itself as many rows as the load has read, unless it has changed since? Where nobody counted what was read, the
 * archive has a record of each row at least.
 */
function tableFinding({ what, source, archived, table }: CountComparison): CertificateFinding[] {
  if (table === undefined) return [];
  const { rows, why } = table;
  const check = `the table itself has ${source === undefined ? 'no more rows than are archived' : 'as many rows as were read'}: ${what}`;
  const counts = source === undefined ? { archived: String(archived) } : { read: String(source) };
  const found = { ...counts, table: rows === undefined ? null : String(rows), why: why ?? null };
  if (rows === undefined) {
    return [
      { check, outcome: 'noted', found, text: `${what}: the table was not counted: ${why ?? 'nobody said why'}.` },
    ];
  }
  const amount = source === undefined ? `${archived} records are archived` : `${source} rows were read`;
  const text = `${what}: ${amount}, the table has ${rows}`;
  if (source === undefined ? rows <= archived : rows === source) {
    return [{ check, outcome: 'passed', found, text: `${text}.` }];
  }
  if (why === undefined) return [{ check, outcome: 'failed', found, text: `${text}, and no change was seen.` }];
  return [{ check, outcome: 'noted', found, text: `${text}: ${why}.` }];
}

/** Were the offsets set as planned, and has nobody set them back since? */
function groupFindings({ group, partitions }: GroupFacts): CertificateFinding[] {
  const intended = partitions.filter(({ planned }) => planned !== undefined);
  if (intended.length === 0) return [];
  const check = `the group ${group} was set as planned and has not fallen behind that`;
  const wrong = intended.flatMap(({ topic, partition, planned, applied, current }) => {
    const place = partitionName({ topic, partition });
    if (planned === undefined) return [];
    if (applied !== undefined && applied !== planned) return [`${place} was set to ${applied} instead of ${planned}`];
    if (current === undefined) return [`${place} has no offset, planned was ${planned}`];
    return current < planned ? [`${place} is at ${current}, before the planned ${planned}`] : [];
  });
  const found = { partitions: intended.length, wrong };
  if (wrong.length === 0) return [{ check, outcome: 'passed', found, text: `Group ${group} was set as planned.` }];
  return [{ check, outcome: 'failed', found, text: `Group ${group}: ${wrong.join('; ')}.` }];
}

function sampleFinding({ topic, folder, records }: SampleComparison): CertificateFinding {
  const check = `records of ${topic} are the same in Kafka and in the archive, byte by byte`;
  const wrong = records.filter(({ outcome }) => outcome !== 'equal');
  const found = { compared: records.length, equal: records.length - wrong.length };
  if (records.length === 0) {
    const text = `${topic}: no record could be compared, since Kafka and the folder ${folder} have none in common.`;
    return { check, outcome: 'noted', found, text };
  }
  if (wrong.length === 0) {
    return { check, outcome: 'passed', found, text: `${topic}: ${records.length} sampled records are the same.` };
  }
  const texts = wrong.slice(0, 5).map(({ partition, offset, outcome, differences }) => {
    const how = outcome === 'absent' ? 'is not in the archive' : `differs in ${differences.join(', ')}`;
    return `${partitionName({ topic, partition })} at ${offset} ${how}`;
  });
  const text = `${topic}: ${wrong.length} of ${records.length} sampled records are not the same: ${texts.join('; ')}.`;
  return { check, outcome: 'failed', found, text };
}

function recordsOf(partitions: readonly { readonly recordCount: number }[]): number {
  return partitions.reduce((sum, { recordCount }) => sum + recordCount, 0);
}
