import { resolve } from 'node:path';
import type { ConfigOf } from '../core/config/config-of.ts';
import { optional, type OptionType, withDefault } from '../core/config/option.ts';
import { boolean, filePath, list } from '../core/config/option-types.ts';
import { pointInTime } from '../core/config/point-in-time.ts';
import { AppError } from '../core/errors.ts';
import type { OffsetTarget } from '../deploy/offsets/offset-target.ts';
import { parseNamedOffset, readNamedOffsets, readSnapshotOffsets } from '../deploy/offsets/read-named-offsets.ts';
import type { CliHost } from './cli-host.ts';
import { usage } from './parse-command-line.ts';

const shift: OptionType<bigint> = {
  placeholder: 'n',
  suffix: '',
  parse: (raw) =>
    typeof raw === 'string' && /^[+-]?\d{1,18}$/.test(raw)
      ? { value: BigInt(raw.replace(/^\+/, '')) }
      : { problem: 'must be a whole number, such as 100 or -100' },
  show: String,
  schema: { type: 'string', pattern: '^[+-]?[0-9]+$' },
};

/** Flags that say which offsets a group is to be set to. */
export const OFFSETS_TARGET_OPTIONS = {
  topics: optional(
    list('topic', (item) => ({ value: item })),
    { doc: 'Only these topics, with all their partitions.', defaultText: 'those that the group has offsets of' },
  ),
  toEarliest: withDefault(boolean, false, { doc: 'To the start of the logs.' }),
  toLatest: withDefault(boolean, false, { doc: 'To the end of the logs, as a reader of committed records sees it.' }),
  toTime: optional(pointInTime, {
    doc: 'To the first record of that time or later in each partition; the end of the log where there is none.',
  }),
  toOffsets: optional(
    list('topic-partition=offset', (item) =>
      parseNamedOffset(item) === undefined ? { problem: 'must be topic-partition=offset' } : { value: item },
    ),
    { doc: 'To these offsets, such as orders-0=1200,orders-1=1187; other partitions stay as they are.' },
  ),
  toFile: optional(filePath, {
    doc: 'To the offsets of a file: JSON, or lines topic,partition,offset as kafka-consumer-groups --export writes.',
  }),
  toSnapshot: optional(filePath, { doc: 'To the offsets that a snapshot recorded: the path of its manifest.' }),
  shiftBy: optional(shift, { doc: 'So many offsets on from what is committed; back with a negative number.' }),
  clamp: withDefault(boolean, false, {
    doc: 'Take the nearest offset of the log where the target is outside of it, instead of refusing.',
  }),
};

/** What the flags say, if they say one thing. @throws USAGE, OFFSETS_TARGET_INVALID (a file that is not of the form) */
export function offsetTarget(
  command: string,
  options: ConfigOf<typeof OFFSETS_TARGET_OPTIONS>,
  host: CliHost,
): OffsetTarget {
  const { toTimeMs, toOffsets, toFile, toSnapshot, shiftBy } = options;
  const read = (path: string): string => readText(host, path);
  const wishes: (() => OffsetTarget)[] = [];
  if (options.toEarliest) wishes.push(() => ({ kind: 'earliest' }));
  if (options.toLatest) wishes.push(() => ({ kind: 'latest' }));
  if (toTimeMs !== undefined) wishes.push(() => ({ kind: 'time', timestampMs: toTimeMs }));
  if (shiftBy !== undefined) wishes.push(() => ({ kind: 'shift', by: shiftBy }));
  if (toOffsets !== undefined) {
    const offsets = toOffsets.flatMap((item) => parseNamedOffset(item) ?? []);
    wishes.push(() => ({ kind: 'offsets', offsets, origin: 'the command line' }));
  }
  if (toFile !== undefined) {
    wishes.push(() => ({ kind: 'offsets', offsets: readNamedOffsets(read(toFile), toFile), origin: toFile }));
  }
  if (toSnapshot !== undefined) {
    wishes.push(() => {
      const { group, offsets } = readSnapshotOffsets(read(toSnapshot), toSnapshot);
      return { kind: 'offsets', offsets, origin: `the snapshot ${toSnapshot} (group ${group})` };
    });
  }
  const [wish, ...others] = wishes;
  if (wish === undefined)
    throw usage(command, 'say where to: --to-time, --to-offsets, --to-snapshot, --to-earliest, ...');
  if (others.length > 0) throw usage(command, 'only one of the --to-... flags and --shift-by can be given');
  return wish();
}

/** True when one of the flags that say where to is given. */
export function hasTarget(options: ConfigOf<typeof OFFSETS_TARGET_OPTIONS>): boolean {
  const { toTimeMs, toOffsets, toFile, toSnapshot, shiftBy, toEarliest, toLatest } = options;
  return (
    toEarliest || toLatest || [toTimeMs, toOffsets, toFile, toSnapshot, shiftBy].some((given) => given !== undefined)
  );
}

/** The text of a file that a flag names. @throws OFFSETS_TARGET_INVALID */
export function readText(host: CliHost, path: string): string {
  try {
    return host.readFile(resolve(host.directory, path));
  } catch (error) {
    throw new AppError(
      'OFFSETS_TARGET_INVALID',
      `Reading ${path}: ${error instanceof Error ? error.message : String(error)}`,
      { subject: path, hint: 'Name a file that this user may read.', cause: error },
    );
  }
}
