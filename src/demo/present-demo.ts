import { join } from 'node:path';

import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import type { SignalSource, StopSignal } from '../core/runtime/lifecycle.ts';
import type { Palette } from '../core/runtime/colours.ts';
import { type DemoParts, type DemoRemains, runDemo } from './demo.ts';

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

/**
 * Runs the demo, says what to try next, and removes everything that it started or made: at the end, after an error, and
 * on Ctrl-C, for which `--keep` waits. Gives the exit code.
 */
export async function presentDemo(parts: DemoParts & { readonly signals: SignalSource }): Promise<number> {
  const { screen, options, signals } = parts;
  const stopped = Promise.withResolvers<StopSignal>();
  const listener = (signal: StopSignal): void => stopped.resolve(signal);
  for (const signal of SIGNALS) signals.on(signal, listener);
  const resources = new AsyncDisposableStack();
  try {
    const running = runDemo(parts, resources);
    const outcome = await Promise.race([running, stopped.promise]);
    if (typeof outcome === 'string') {
      // What it was about to do fails now that everything is taken away from it.
      running.catch(() => undefined);
      screen.write('', 'Stopped; cleaning up.');
      return outcome === 'SIGINT' ? EXIT_CODES.sigint : EXIT_CODES.sigterm;
    }
    screen.write(...(options.keep ? keptLines(outcome, screen.palette) : nextLines(screen.palette)));
    if (options.keep) await stopped.promise;
    return EXIT_CODES.ok;
  } catch (error) {
    // What went wrong first is what has to be told; that cleaning up fails after it may well have the same reason.
    await resources.disposeAsync().catch(() => undefined);
    throw error;
  } finally {
    await resources.disposeAsync();
    for (const signal of SIGNALS) signals.off(signal, listener);
  }
}

function nextLines(palette: Palette): string[] {
  return [
    palette.bold('What to try next'),
    `  npm run demo -- --keep              ${palette.dim('the same, and leaves it running to look around')}`,
    `  npm run demo -- --records 2000000   ${palette.dim('ten times as much')}`,
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
