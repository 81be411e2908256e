import { catRecords } from '../archive-cli/cat-records.ts';
import { must } from '../core/assert.ts';
import { integerList, offset } from '../core/config/number-types.ts';
import { optional } from '../core/config/option.ts';
import { integer } from '../core/config/option-types.ts';
import { pointInTime } from '../core/config/point-in-time.ts';
import { ARCHIVE_SHAPE } from '../core/config/service-shapes.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { defineCommand } from './command.ts';
import { usage } from './parse-command-line.ts';
import { openArchive } from './open-archive.ts';
import { writeOutput } from './write-output.ts';

/** `bss archive cat`: records as lines. */
export const archiveCatCommand = defineCommand({
  description:
    'Prints the records of a folder as JSON lines, exactly as they are stored: source by source, partition by partition, ' +
    'in the order of offsets, each once. Timestamps are those of the records.',
  positionals: [{ name: 'folder', doc: 'The folder, which is named as the topic unless configured.', required: true }],
  options: {
    partition: optional(integerList(0, 2 ** 31 - 1), { doc: 'These partitions only.', flags: ['partitions'] }),
    source: optional(integerList(1, 9999), { doc: 'These sources only, by number.', flags: ['sources'] }),
    fromOffset: optional(offset, { doc: 'First offset.' }),
    toOffset: optional(offset, { doc: 'First offset that is not wanted any more.' }),
    fromTime: optional(pointInTime, { doc: 'Records of this time or later.' }),
    toTime: optional(pointInTime, { doc: 'Records before this time.' }),
    limit: optional(integer(1, Number.MAX_SAFE_INTEGER), { doc: 'Stop after so many records.' }),
  },
  config: ARCHIVE_SHAPE,
  examples: [
    { line: 'bss archive cat orders --limit 3', doc: 'What do the records look like?' },
    { line: 'bss archive cat orders --partition 2 --from-offset 941 --to-offset 942', doc: 'One record' },
    {
      line: 'bss archive cat orders --from-time 2026-01-31 --to-time 2026-02-01 | jq -r .payload',
      doc: 'The payloads of a day',
    },
  ],
  async run({ options, config, positionals, host }) {
    const folder = must(positionals['folder'], 'the folder is required');
    checkRange('offset', options.fromOffset, options.toOffset);
    checkRange('time', options.fromTimeMs, options.toTimeMs);
    const bucket = await openArchive(config.bucket, host);
    const { partition: partitions, source: sources, fromOffset, toOffset, fromTimeMs, toTimeMs, limit } = options;
    const fromTimestampMs = fromTimeMs === undefined ? undefined : BigInt(fromTimeMs);
    const toTimestampMs = toTimeMs === undefined ? undefined : BigInt(toTimeMs);
    const query = { partitions, sources, fromOffset, toOffset, fromTimestampMs, toTimestampMs, limit };
    for await (const lines of catRecords(bucket, folder, query)) await writeOutput(host.stdout, lines);
    return EXIT_CODES.ok;
  },
});

/** Nothing at all would be the answer, and look as if nothing was archived. */
function checkRange<T extends number | bigint>(of: string, from: T | undefined, to: T | undefined): void {
  if (from === undefined || to === undefined || from <= to) return;
  throw usage('archive cat', `--to-${of} must not be before --from-${of}; it is the first one that is not wanted`);
}
