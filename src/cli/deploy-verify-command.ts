import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { optional } from '../core/config/option.ts';
import { filePath } from '../core/config/option-types.ts';
import { coloursWanted, type Palette, paletteFor } from '../core/runtime/colours.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { deployFolder } from '../deploy/apply/open-deploy-run.ts';
import { notBegun } from '../deploy/apply/undo-steps.ts';
import { certificateHtml } from '../deploy/certificate/certificate-html.ts';
import { certificateMarkdown } from '../deploy/certificate/certificate-markdown.ts';
import type { Certificate } from '../deploy/certificate/certificate-schema.ts';
import { certifyHandOver } from '../deploy/procedure/hand-over.ts';
import { defineCommand } from './command.ts';
import { DEPLOY_FILE_OPTION, withDeployRun } from './deploy-options.ts';
import { writeOutput } from './write-output.ts';

/** `bss deploy verify`: the certificate. */
export const deployVerifyCommand = defineCommand({
  description:
    'Proves a deployment from Kafka, the bucket and the journal: offsets archived, gaps and their reasons, counts, offsets of ' +
    'the group planned and actual, first segments, records compared value by value. Writes the certificate as ' +
    'certificate.json, .md and .html. Changes nothing else. Exit code 0 when it is proven, 3 when it is not.',
  positionals: [],
  options: {
    ...DEPLOY_FILE_OPTION,
    out: optional(filePath, { doc: 'Folder of the certificate.', defaultText: '.bss/deploy/<name>' }),
  },
  examples: [
    { line: 'bss deploy verify', doc: 'Is it proven?' },
    { line: 'bss deploy verify --json --out evidence', doc: 'The certificate on standard output too' },
  ],
  run: async ({ options, host }) =>
    await withDeployRun(options.file, host, async ({ site, steps, journal, begin }) => {
      const { state } = journal;
      if (state === undefined) throw notBegun(journal.subject);
      const certificate = await certifyHandOver({ site, steps, state, tool: `bss ${host.version}` });
      const folder =
        options.out === undefined ? deployFolder(host.directory, begin.name) : resolve(host.directory, options.out);
      await writeCertificate(folder, certificate);
      const palette = paletteFor(coloursWanted(host.stdout, host.env));
      await writeOutput(
        host.stdout,
        options.json ? `${JSON.stringify(certificate)}\n` : summary(certificate, folder, palette),
      );
      return certificate.verdict === 'proven' ? EXIT_CODES.ok : EXIT_CODES.findings;
    }),
});

async function writeCertificate(folder: string, certificate: Certificate): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'certificate.json'), `${JSON.stringify(certificate, null, 2)}\n`);
  await writeFile(join(folder, 'certificate.md'), certificateMarkdown(certificate));
  await writeFile(join(folder, 'certificate.html'), certificateHtml(certificate));
}

function summary({ verdict, reasons, notes, checks }: Certificate, folder: string, palette: Palette): string {
  const head = verdict === 'proven' ? palette.green('proven') : palette.red('not proven');
  const lines = [
    `The hand-over is ${head}: ${checks.length} checks.`,
    ...reasons.map((reason) => `  ${palette.red('✗')} ${reason}`),
    ...notes.map((note) => `  ${palette.dim('·')} ${note}`),
    `Certificate: ${join(folder, 'certificate.html')} (also .md and .json)`,
  ];
  return `${lines.join('\n')}\n`;
}
