import { join } from 'node:path';

import type { SignalSource } from '../core/runtime/lifecycle.ts';
import type { Palette } from '../core/runtime/colours.ts';
import { type DemoParts, type DemoRemains, runDemo } from './demo.ts';
import { present } from './present.ts';

/** Runs the demo of the main job and says what to try next. Gives the exit code. */
export function presentDemo(parts: DemoParts & { readonly signals: SignalSource }): Promise<number> {
  const { screen, options, signals } = parts;
  return present({ screen, signals, keep: options.keep }, async (resources) => {
    const remains = await runDemo(parts, resources);
    return options.keep ? keptLines(remains, screen.palette) : nextLines(screen.palette);
  });
}

function nextLines(palette: Palette): string[] {
  return [
    palette.bold('What to try next'),
    `  npm run demo -- --keep              ${palette.dim('the same, and leaves it running to look around')}`,
    `  npm run demo -- --records 2000000   ${palette.dim('ten times as much')}`,
    `  npm run demo -- deploy              ${palette.dim('an archive for a running shop: database, CDC, and a proof')}`,
    `  npm run bss -- storer --help        ${palette.dim('your own Kafka and your own bucket')}`,
    '',
  ];
}

function keptLines({ broker, site, reloaded, copyTopic }: DemoRemains, palette: Palette): string[] {
  const bucket = `--bucket ${site.bucket.url}`;
  return [
    palette.bold('Still there, until Ctrl-C'),
    `  Kafka      ${broker.bootstrap}`,
    `  Reloader   ${reloaded.api.url}   ${palette.dim(`log: ${join(site.folder, 'reloader.log')}`)}`,
    `  bucket     ${site.bucket.url}`,
    '',
    palette.bold('What to try next, in another terminal'),
    `  bin/bss.mjs archive ls ${bucket}`,
    `  bin/bss.mjs archive cat ${site.archiveFolder} --limit 3 ${bucket}`,
    `  bin/bss.mjs reload ${site.archiveFolder} --to ${copyTopic} --api ${reloaded.api.url}`,
    '',
  ];
}
