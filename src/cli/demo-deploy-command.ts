import { coloursWanted, paletteFor } from '../core/runtime/colours.ts';
import { withDefault } from '../core/config/option.ts';
import { boolean, integer } from '../core/config/option-types.ts';
import { runDeployDemo } from '../demo/deploy/deploy-demo.ts';
import { DemoScreen } from '../demo/demo-screen.ts';
import { present } from '../demo/present.ts';
import { defineCommand } from './command.ts';

/** `bss demo deploy`: an archive for a landscape that is running, in front of the user's eyes. */
export const demoDeployCommand = defineCommand({
  description:
    'Starts an Apache Kafka, a PostgreSQL that somebody changes all the time and a Debezium that captures it, then brings an ' +
    'archive into it with `bss deploy`: the CDC is stopped, loads anew, and goes on. In the end the archive, folded by key, is ' +
    'compared with the tables row for row, and a certificate is written. Everything is on this machine and temporary.',
  positionals: [],
  options: {
    orders: withDefault(integer(100, 1_000_000), 10_000, { doc: 'Rows of the larger table at the beginning.' }),
    keep: withDefault(boolean, false, { doc: 'Leave everything running until Ctrl-C.' }),
  },
  examples: [
    { line: 'bss demo deploy', doc: 'Two minutes that show it all' },
    { line: 'bss demo deploy --orders 100000', doc: 'A larger shop' },
  ],
  async run({ options, host }) {
    const palette = paletteFor(coloursWanted(host.stdout, host.env));
    const screen = new DemoScreen({ output: host.stdout, palette, clock: host.clock });
    return await present({ screen, signals: host.signals, keep: options.keep }, (resources) =>
      runDeployDemo({ orders: options.orders, screen, clock: host.clock }, resources),
    );
  },
});
