import { verifyArchive } from '../archive-cli/verify-archive.ts';
import { FINDINGS, type Finding } from '../archive-cli/verify-finding.ts';
import { optional } from '../core/config/option.ts';
import { integer } from '../core/config/option-types.ts';
import { ARCHIVE_SHAPE } from '../core/config/service-shapes.ts';
import { coloursWanted, type Palette, paletteFor } from '../core/runtime/colours.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { formatBytes, formatCount, formatDuration } from '../core/runtime/human-units.ts';
import { ProgressBar } from '../core/runtime/progress-bar.ts';
import type { CliHost } from './cli-host.ts';
import { defineCommand } from './command.ts';
import { openArchive } from './open-archive.ts';
import { writeOutput } from './write-output.ts';

interface Totals {
  segmentCount: number;
  recordCount: number;
  objectBytes: number;
  plannedBytes: number;
  errorCount: number;
  warningCount: number;
}

/** `bss archive verify`: is everything there, and as it was written? */
export const archiveVerifyCommand = defineCommand({
  description:
    'Reads every segment of a folder, or of all folders, once from end to end and compares all that is said of it: name, ' +
    'source, object metadata, trailer, checksums, counts, offsets, timestamps, the chain that the segments make, and the ' +
    'index. Prints a line for each finding. Exit code 0 when there is none, 3 when there are some. What cannot be found: ' +
    'segments missing at the very beginning or end of a partition that no index object lists.',
  positionals: [
    {
      name: 'folder',
      doc: 'The folder, which is named as the topic unless configured; all when absent.',
      required: false,
    },
  ],
  options: {
    partition: optional(integer(0, 2 ** 31 - 1), { doc: 'This partition only.' }),
  },
  config: ARCHIVE_SHAPE,
  examples: [
    { line: 'bss archive verify', doc: 'Everything that the configured bucket holds' },
    { line: 'bss archive verify orders --partition 2 --json', doc: 'One partition, for programs' },
  ],
  async run({ options, config, positionals, host }) {
    const bucket = await openArchive(config.bucket, host);
    const palette = paletteFor(coloursWanted(host.stdout, host.env));
    const startMs = host.clock.monotonicMs();
    const totals: Totals = {
      segmentCount: 0,
      recordCount: 0,
      objectBytes: 0,
      plannedBytes: 0,
      errorCount: 0,
      warningCount: 0,
    };
    using progress = progressBar(host);
    for await (const step of verifyArchive(bucket, { folder: positionals['folder'], partition: options.partition })) {
      totals.segmentCount += step.segmentCount;
      totals.recordCount += step.recordCount;
      totals.objectBytes += step.objectBytes;
      totals.plannedBytes += step.plannedBytes;
      for (const finding of step.findings) {
        if (FINDINGS[finding.name].severity === 'error') totals.errorCount++;
        else totals.warningCount++;
        await writeOutput(host.stdout, options.json ? findingJson(finding) : formatFinding(finding, palette));
      }
      progress?.update(totals.objectBytes, { total: totals.plannedBytes });
    }
    progress?.finish();
    const durationMs = host.clock.monotonicMs() - startMs;
    await writeOutput(
      host.stdout,
      options.json ? summaryJson(totals) : formatSummary(bucket.url, totals, durationMs, palette),
    );
    return totals.errorCount + totals.warningCount === 0 ? EXIT_CODES.ok : EXIT_CODES.findings;
  },
});

/** Only for somebody who looks on. */
function progressBar({ stderr, clock }: CliHost): ProgressBar | undefined {
  if (stderr.isTTY !== true) return undefined;
  return new ProgressBar({ title: 'Verifying', unit: 'bytes', clock, output: stderr });
}

function formatFinding({ name, key, position, detail }: Finding, palette: Palette): string {
  const { severity } = FINDINGS[name];
  const mark = severity === 'error' ? palette.red('error  ') : palette.yellow('warning');
  const place = position === undefined ? key : `${key} byte ${position}`;
  return `${mark}  ${palette.bold(name)}  ${place}\n         ${detail}\n`;
}

function findingJson({ name, key, position, offsets, detail }: Finding): string {
  const range = offsets === undefined ? undefined : { start: String(offsets.start), end: String(offsets.end) };
  return `${JSON.stringify({ kind: 'finding', name, severity: FINDINGS[name].severity, key, position, offsets: range, detail })}\n`;
}

function formatSummary(url: string, totals: Totals, durationMs: number, palette: Palette): string {
  const { segmentCount, recordCount, objectBytes, errorCount, warningCount } = totals;
  if (segmentCount + errorCount + warningCount === 0) return `${url} holds no segment: there is nothing to verify.\n`;
  const read = `${count(segmentCount, 'segment')}, ${count(recordCount, 'record')}, ${formatBytes(objectBytes)}`;
  const verdict =
    errorCount + warningCount === 0
      ? palette.green('all is well')
      : `${count(errorCount, 'error')}, ${count(warningCount, 'warning')}`;
  return `Verified ${read} in ${formatDuration(durationMs)}: ${verdict}.\n`;
}

function summaryJson({ plannedBytes: _planned, ...totals }: Totals): string {
  return `${JSON.stringify({ kind: 'summary', ...totals })}\n`;
}

function count(amount: number, word: string): string {
  return `${formatCount(amount)} ${word}${amount === 1 ? '' : 's'}`;
}
