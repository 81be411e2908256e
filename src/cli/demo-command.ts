import { coloursWanted, paletteFor } from '../core/runtime/colours.ts';
import { DEMO_BUCKET_OPTIONS, DEMO_OPTIONS } from '../demo/demo-options.ts';
import { presentDemo } from '../demo/present-demo.ts';
import { DemoScreen } from '../demo/demo-screen.ts';
import { loadDemoBucket } from '../demo/load-demo-bucket.ts';
import { defineCommand } from './command.ts';

/** `bss demo`: the main job on real services, in front of the user's eyes. */
export const demoCommand = defineCommand({
  description:
    'Starts an Apache Kafka, fills a topic with all that Kafka allows, archives it with a Storer, deletes it, reloads it ' +
    'with a Reloader and compares every record with what was produced. Everything is on this machine and temporary; ' +
    'Java and Kafka are downloaded the first time. No bss.yaml is read.',
  positionals: [],
  options: DEMO_OPTIONS,
  alsoAccepts: [DEMO_BUCKET_OPTIONS],
  examples: [
    { line: 'bss demo', doc: 'A minute that shows it all' },
    { line: 'bss demo --keep', doc: 'Leave everything running to look around' },
    { line: 'bss demo --bucket s3://my-bucket/try --bucket.region eu-south-1', doc: 'With a bucket of yours' },
  ],
  run: async ({ options, sources, host }) =>
    await presentDemo({
      options,
      bucket: loadDemoBucket(sources),
      screen: new DemoScreen({
        output: host.stdout,
        palette: paletteFor(coloursWanted(host.stdout, host.env)),
        clock: host.clock,
      }),
      clock: host.clock,
      signals: host.signals,
    }),
});
