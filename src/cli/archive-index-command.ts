import { indexArchive } from '../archive-cli/index-archive.ts';
import { sourceDigits } from '../core/archive/archive-layout.ts';
import { withDefault } from '../core/config/option.ts';
import { boolean } from '../core/config/option-types.ts';
import { ARCHIVE_SHAPE } from '../core/config/service-shapes.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { formatCount } from '../core/runtime/human-units.ts';
import { defineCommand } from './command.ts';
import { openArchive } from './open-archive.ts';
import { writeOutput } from './write-output.ts';

/** `bss archive index`: makes reading large archives quick again. */
export const archiveIndexCommand = defineCommand({
  description:
    'Brings the index of a folder, or of all folders, up to date, and replaces index objects that are damaged. The ' +
    'Storer does this on its way; nothing depends on it but the speed of reading archives of many segments.',
  positionals: [
    {
      name: 'folder',
      doc: 'The folder, which is named as the topic unless configured; all when absent.',
      required: false,
    },
  ],
  options: {
    rebuild: withDefault(boolean, false, { doc: 'Remove what there is of the index, and make it anew.' }),
  },
  config: ARCHIVE_SHAPE,
  examples: [{ line: 'bss archive index orders --rebuild', doc: 'After segments were restored or removed by hand' }],
  async run({ options, config, positionals, host }) {
    const bucket = await openArchive(config.bucket, host);
    for await (const { at, writtenCount, damagedCount } of indexArchive(bucket, positionals['folder'], options)) {
      const { folder, source, partition } = at.location;
      const line = options.json
        ? JSON.stringify({ kind: 'index', folder, source, partition, writtenCount, damagedCount })
        : `${folder}/${sourceDigits(source)}/${partition}: ${formatCount(writtenCount)} index objects written` +
          (damagedCount === 0 ? '' : `, ${formatCount(damagedCount)} damaged ones removed`);
      await writeOutput(host.stdout, `${line}\n`);
    }
    return EXIT_CODES.ok;
  },
});
