import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { verifySnapshot } from '../load/snapshot/verify-snapshot.ts';
import { BUCKET_ACCESS_OPTIONS, openNamedBucket } from './bucket-access.ts';
import { defineCommand } from './command.ts';
import { writeOutput } from './write-output.ts';

/** `bss snapshot verify`: is a snapshot what its manifest says? */
export const snapshotVerifyCommand = defineCommand({
  description:
    'Reads every part of a snapshot again and compares checksums and counts with the manifest. Exit code 3 when they ' +
    'differ.',
  positionals: [{ name: 'snapshot', doc: 'The folder or bucket that the snapshot is in.', required: true }],
  options: {},
  alsoAccepts: [BUCKET_ACCESS_OPTIONS],
  examples: [{ line: 'bss snapshot verify /data/snapshot', doc: 'Check it' }],
  async run({ options, sources, positionals: { snapshot = '' }, host }) {
    const { manifest, partsRead, findings } = await verifySnapshot(await openNamedBucket(snapshot, sources));
    const lines = [
      `${partsRead} parts with ${manifest.rows} rows: ${findings.length === 0 ? 'as the manifest says' : 'not as the manifest says'}`,
      ...findings.map((finding) => `  ${finding}`),
    ];
    const json = { partsRead, rows: manifest.rows, findings };
    await writeOutput(host.stdout, options.json ? `${JSON.stringify(json)}\n` : `${lines.join('\n')}\n`);
    return findings.length === 0 ? EXIT_CODES.ok : EXIT_CODES.findings;
  },
});
