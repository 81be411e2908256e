import { listPartitions, selectLinks } from '../core/archive/catalog.ts';
import { sourceDigits } from '../core/archive/archive-layout.ts';
import type { Bucket } from '../core/bucket/bucket.ts';
import type { Palette } from '../core/runtime/colours.ts';
import { formatBytes, formatCount } from '../core/runtime/human-units.ts';
import { formatTable } from '../core/runtime/text-table.ts';
import { catRecords } from '../archive-cli/cat-records.ts';

/** What the demo shows of a segment. */
export interface ShownSegment {
  readonly key: string;
  readonly partition: number;
  readonly recordCount: number;
  readonly objectBytes: number;
  readonly linesBytes: number;
}

/** Files shown in full; of the other partitions only what they add up to. */
const PARTITIONS_OPEN = 1;
const SEGMENTS_SHOWN = 3;

/** The segments of a folder that holds one source. */
export async function readSegments(bucket: Bucket, folder: string): Promise<ShownSegment[]> {
  const segments: ShownSegment[] = [];
  for await (const partition of listPartitions(bucket, folder)) {
    for await (const link of selectLinks(bucket, partition)) {
      if (link.kind !== 'segment') continue;
      const { recordCount, linesBytes } = link.metadata;
      segments.push({
        key: link.key,
        partition: partition.location.partition,
        recordCount,
        objectBytes: link.sizeBytes,
        linesBytes,
      });
    }
  }
  return segments;
}

/** The folder as a tree, one partition of it opened. */
export function formatTree(folder: string, segments: readonly ShownSegment[], palette: Palette): string {
  const partitions = Map.groupBy(segments, ({ partition }) => partition);
  const rows: string[][] = [[`├─ _sources/${sourceDigits(1)}.json`, '', palette.dim('which topic this is')]];
  rows.push([`└─ ${sourceDigits(1)}/`]);
  for (const [index, [partition, all]] of [...partitions].entries()) {
    const isLast = index === partitions.size - 1;
    const name = `   ${isLast ? '└─' : '├─'} ${partition}/`;
    rows.push([name, size(all), `${count(all)} in ${all.length} segment${all.length === 1 ? '' : 's'}`]);
    if (index < PARTITIONS_OPEN) rows.push(...openedRows(all, isLast ? '      ' : '   │  ', palette));
  }
  return formatTable([{ title: palette.bold(`${folder}/`) }, { title: '', align: 'right' }, { title: '' }], rows);
}

function openedRows(segments: readonly ShownSegment[], indent: string, palette: Palette): string[][] {
  const shown = segments.length > SEGMENTS_SHOWN ? segments.slice(0, SEGMENTS_SHOWN - 1) : segments;
  const rows = shown.map((segment, index) => {
    const branch = index === segments.length - 1 ? '└─' : '├─';
    const name = segment.key.slice(segment.key.lastIndexOf('/') + 1);
    return [`${indent}${branch} ${name}`, size([segment]), palette.dim(count([segment]))];
  });
  const rest = segments.slice(shown.length);
  return rest.length === 0
    ? rows
    : [...rows, [`${indent}└─ ... ${rest.length} more`, size(rest), palette.dim(count(rest))]];
}

function size(segments: readonly ShownSegment[]): string {
  return formatBytes(segments.reduce((sum, { objectBytes }) => sum + objectBytes, 0));
}

function count(segments: readonly ShownSegment[]): string {
  return `${formatCount(segments.reduce((sum, { recordCount }) => sum + recordCount, 0))} records`;
}

/** Lines looked at for one that shows something. */
const LINES_LOOKED_AT = 500;

/** A line of the archive that has repeated headers, or else its first one. */
export async function findTellingLine(bucket: Bucket, folder: string): Promise<Record<string, unknown>> {
  let first: Record<string, unknown> | undefined;
  for await (const line of catRecords(bucket, folder, { limit: LINES_LOOKED_AT })) {
    const record = JSON.parse(Buffer.from(line).toString()) as Record<string, unknown>;
    first ??= record;
    const { headers, payload } = record;
    if (Array.isArray(headers) && headers.length >= 4 && String(payload).startsWith('{"id"')) return record;
  }
  return first ?? {};
}

/** The line as JSON for people, no line longer than `width`. */
export function formatLine(record: Readonly<Record<string, unknown>>, width: number, palette: Palette): string[] {
  const fields = Object.entries(record).map(([name, value], index, all) => {
    const comma = index === all.length - 1 ? '' : ',';
    const room = width - name.length - 6;
    const text = JSON.stringify(value);
    const cut = text.length > room ? `${text.slice(0, room - 3)}...` : text;
    return `  ${palette.cyan(JSON.stringify(name))}: ${cut}${comma}`;
  });
  return ['{', ...fields, '}'];
}
