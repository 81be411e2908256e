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

/** The partitions of one source as a table with a heading, and a line of totals where there are several. */
export function formatSource(listings: readonly PartitionListing[], palette: Palette): string {
  const [first] = listings;
  if (first === undefined) return '';
  const rows = listings.map((listing) => formatRow(String(listing.at.location.partition), listing, palette));
  if (listings.length > 1) rows.push(formatRow('all', { ...sumListings(listings), range: undefined }, palette).map(palette.bold));
  return `${formatHeading(first.at, palette)}\n${formatTable(COLUMNS, rows)}`;
}

/** One line for a segment or a hole. */
export function formatLink({ location }: CatalogPartition, link: ChainLink, palette: Palette): string {
  const partition = String(location.partition).padStart(3);
  if (link.kind === 'gap') {
    const { start, end } = link.range;
    const count = `${formatCount(end - start)} offsets`;
    const words = link.reason === 'missing' ? palette.red('MISSING') : palette.yellow(link.reason);
    return `${partition}  ${offsets(start, end)}  ${words}: ${count}\n`;
  }
  const { metadata, readable, sizeBytes, key } = link;
  const isCut = readable.start !== metadata.start || readable.end !== metadata.end;
  const cut = isCut ? palette.yellow(` (of ${offsets(metadata.start, metadata.end)}: others have the rest)`) : '';
  const facts = `${formatCount(metadata.recordCount)} records  ${formatBytes(sizeBytes)}  ${timeText(metadata.minTimestampMs)}`;
  return `${partition}  ${offsets(readable.start, readable.end)}  ${facts}  ${palette.dim(key)}${cut}\n`;
}

/** A time in UTC to the second, as people read it. */
export function timeText(timestampMs: bigint | undefined): string {
  if (timestampMs === undefined) return '-';
  const date = new Date(Number(timestampMs));
  // Kafka takes any number of milliseconds; not all of them are dates.
  if (Number.isNaN(date.getTime())) return `${timestampMs} ms`;
  return date.toISOString().replace('T', ' ').replace(/\.\d+Z$/, '');
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
