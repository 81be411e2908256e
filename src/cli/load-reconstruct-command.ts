import { resolve } from 'node:path';

import { BUCKET_OPTIONS, bucketOptions } from '../core/config/bucket-options.ts';
import { loadConfig } from '../core/config/load-config.ts';
import { optional, required, withDefault } from '../core/config/option.ts';
import { boolean, filePath, integer, list, oneOf, size } from '../core/config/option-types.ts';
import { ARCHIVE_SHAPE } from '../core/config/service-shapes.ts';
import { openBucket } from '../core/bucket/open-bucket.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { ProgressBar } from '../core/runtime/progress-bar.ts';
import { archiveEvents } from '../load/reconstruct/archive-events.ts';
import type { EventInput } from '../load/reconstruct/change-event.ts';
import { foldArchive } from '../load/reconstruct/fold-archive.ts';
import { foldText } from '../load/reconstruct/fold-text.ts';
import { lineEvents } from '../load/reconstruct/line-events.ts';
import { writeFolded } from '../load/reconstruct/write-folded.ts';
import { decompressed } from '../load/source/decompress.ts';
import { findInputs } from '../load/source/find-inputs.ts';
import { abortOnSignal } from './abort-on-signal.ts';
import { defineCommand } from './command.ts';
import { usage } from './parse-command-line.ts';
import { writeOutput } from './write-output.ts';

const name = (item: string): { readonly value: string } => ({ value: item });

/** `bss load reconstruct`: the last state of each key, out of an archive of changes. */
export const loadReconstructCommand = defineCommand({
  description:
    'Folds change events to the last state of each key, and writes the rows that are left as JSON lines for `bss load`. ' +
    'The events come from folders of the archive (--folder), or from files with one event on each line. Larger than memory. ' +
    'Nothing is written when an event cannot be read, or the archive lacks offsets that nothing explains.',
  positionals: [
    { name: 'input', doc: 'Files of events, in the order in which they count.', required: false, many: true },
  ],
  options: {
    folder: optional(list('folder', name), { doc: 'Folders of the archive, in the order in which they count.' }),
    format: required(oneOf('db2', 'golden-gate', 'debezium', 'v2'), { doc: 'What the CDC wrote.' }),
    out: required(filePath, { doc: 'File to write: `.jsonl`, `.jsonl.gz` or `.jsonl.zst`.' }),
    key: optional(list('field', name), {
      doc: 'Fields of the primary key, in order: where messages have no key, and to see updates that change it.',
    }),
    errorsMax: withDefault(integer(0, 2 ** 31 - 1), 0, { doc: 'How many events may be unreadable.' }),
    allowMissing: withDefault(boolean, false, { doc: 'Fold although the archive is incomplete.' }),
    memory: withDefault(size('256MiB', '1TiB'), '1GiB', { doc: 'Memory for the fold; more goes to temporary files.' }),
    temporaryFolder: optional(filePath, { doc: 'Where those go.', defaultText: "the system's" }),
  },
  alsoAccepts: [BUCKET_OPTIONS],
  examples: [
    { line: 'bss load reconstruct --folder orders --format debezium --out orders.jsonl.zst', doc: 'From the archive' },
    { line: 'bss load reconstruct old/*.jsonl.gz --format db2 --key ID --out orders.jsonl', doc: 'From files' },
  ],
  async run({ options, words, sources, host }) {
    using abort = abortOnSignal(host.signals);
    const inputs: EventInput[] = [];
    if (options.folder !== undefined) {
      const { bucket } = loadConfig(ARCHIVE_SHAPE, sources).config;
      const opened = await openBucket(bucket.url, bucketOptions(bucket));
      inputs.push(...options.folder.map((folder) => archiveEvents(opened, folder)));
    }
    for (const word of words) {
      const found = await findInputs(word, { stdin: host.stdin });
      inputs.push(...found.map(({ bytes }) => lineEvents(decompressed(bytes))));
    }
    if (inputs.length === 0) throw usage('load reconstruct', 'say of what: --folder <folder>, or files');
    const out = resolve(host.directory, options.out);
    using bar = new ProgressBar({ title: 'Folding', unit: 'events', clock: host.clock, output: host.stderr });
    await using folded = await foldArchive({
      inputs,
      format: options.format,
      keyFields: options.key,
      errorsMax: options.errorsMax,
      allowMissing: options.allowMissing,
      memoryBytes: options.memoryBytes,
      temporaryFolder: options.temporaryFolder,
      signal: abort.signal,
      onProgress: (events) => bar.update(events),
    });
    await writeFolded(folded, out, abort.signal);
    bar[Symbol.dispose]();
    const { report } = folded;
    await writeOutput(host.stdout, options.json ? `${JSON.stringify({ out, ...report })}\n` : foldText(report, out));
    return EXIT_CODES.ok;
  },
});
