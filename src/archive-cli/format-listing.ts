import { sourceDigits } from '../core/archive/archive-layout.ts';
import type { CatalogPartition } from '../core/archive/catalog.ts';
import type { ChainLink } from '../core/archive/partition-chain.ts';
import type { Palette } from '../core/runtime/colours.ts';
import { formatBytes, formatCount } from '../core/runtime/human-units.ts';
import { formatTable, type Column } from '../core/runtime/text-table.ts';
import { type PartitionListing, sumListings } from './list-archive.ts';

const COLUMNS: readonly Column[] = [
  { title: 'PARTITION', align: 'right' },
  { title: 'OFFSETS', align: 'right' },
  { title: 'RECORDS', align: 'right' },
  { title: 'SEGMENTS', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'RATIO', align: 'right' },
  { title: 'FROM' },
  { title: 'TO' },
  { title: 'WITHOUT RECORD' },
];

const OFFSETS_WIDTH = 26;
const COUNT_WIDTH = 11;
const SIZE_WIDTH = 7;
const TIME_WIDTH = 19;

/** The partitions of one source as a table with a heading, and a line of totals where there are several. */
export function formatSource(listings: readonly PartitionListing[], palette: Palette): string {
  const [first] = listings;
  if (first === undefined) return '';
  const rows = listings.map((listing) => formatRow(String(listing.at.location.partition), listing, palette));
  if (listings.length > 1)
    rows.push(
      formatRow('all', { ...sumListings(listings), range: undefined }, palette).map((cell) => palette.bold(cell)),
    );
  return `${formatHeading(first.at, palette)}\n${formatTable(COLUMNS, rows)}`;
}

/** What stands above the segments of a source. */
export function formatLinksHeading(at: CatalogPartition, palette: Palette): string {
  const titles = [
    'PARTITION',
    'OFFSETS'.padStart(OFFSETS_WIDTH),
    'RECORDS'.padStart(COUNT_WIDTH),
    'SIZE'.padStart(SIZE_WIDTH),
  ];
  return `${formatHeading(at, palette)}\n${titles.join('  ')}  ${'FROM'.padEnd(TIME_WIDTH)}  ${'TO'.padEnd(TIME_WIDTH)}  OBJECT\n`;
}

/** One line for a segment or a hole. Lines are written as they come, so the widths are fixed. */
export function formatLink({ location }: CatalogPartition, link: ChainLink, palette: Palette): string {
  const range = link.kind === 'gap' ? link.range : link.readable;
  const place = `${String(location.partition).padStart('PARTITION'.length)}  ${offsets(range.start, range.end).padStart(OFFSETS_WIDTH)}`;
  if (link.kind === 'gap') {
    const count = `no records at ${formatCount(range.end - range.start)} offsets`;
    const reason = link.reason === 'missing' ? palette.red('MISSING') : palette.yellow(link.reason);
    return `${place}  ${reason}: ${count}\n`;
  }
  const { metadata, sizeBytes, key } = link;
  const isCut = range.start !== metadata.start || range.end !== metadata.end;
  const cut = isCut
    ? palette.yellow(`  holds ${offsets(metadata.start, metadata.end)}, of which others gave the rest`)
    : '';
  const facts = [
    formatCount(metadata.recordCount).padStart(COUNT_WIDTH),
    formatBytes(sizeBytes).padStart(SIZE_WIDTH),
    timeText(metadata.minTimestampMs).padEnd(TIME_WIDTH),
    timeText(metadata.maxTimestampMs).padEnd(TIME_WIDTH),
  ];
  return `${place}  ${facts.join('  ')}  ${palette.dim(key)}${cut}\n`;
}

/** A time in UTC to the second, as people read it. */
function timeText(timestampMs: bigint | undefined): string {
  if (timestampMs === undefined) return '-';
  const date = new Date(Number(timestampMs));
  // Kafka takes any number of milliseconds; not all of them are dates.
  if (Number.isNaN(date.getTime())) return `${timestampMs} ms`;
  return date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '');
}

function formatHeading({ source }: CatalogPartition, palette: Palette): string {
  const since = timeText(BigInt(source.createdAtMs));
  const facts = `topic ${source.topic}  id ${source.topicId}  cluster ${source.clusterId}  since ${since}`;
  return `${palette.bold(`${source.folder}/${sourceDigits(source.number)}`)}  ${palette.dim(facts)}`;
}

function formatRow(name: string, listing: Omit<PartitionListing, 'at'>, palette: Palette): string[] {
  const { range, recordCount, segmentCount, objectBytes, linesBytes } = listing;
  return [
    name,
    range === undefined ? '' : offsets(range.start, range.end),
    formatCount(recordCount),
    formatCount(segmentCount),
    formatBytes(objectBytes),
    objectBytes === 0 ? '' : `${(linesBytes / objectBytes).toFixed(1)}:1`,
    timeText(listing.minTimestampMs),
    timeText(listing.maxTimestampMs),
    gapsText(listing, palette),
  ];
}

function gapsText({ gapOffsets }: Pick<PartitionListing, 'gapOffsets'>, palette: Palette): string {
  const parts = [...gapOffsets].map(([reason, count]) => {
    const text = `${formatCount(count)} ${reason}`;
    return reason === 'missing' ? palette.red(text) : text;
  });
  return parts.length === 0 ? '-' : parts.join(', ');
}

/** First and last offset: what people compare with other tools' output. */
function offsets(start: bigint, end: bigint): string {
  return `${start}..${end - 1n}`;
}
