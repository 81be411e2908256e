import { kafkaConnection } from '../core/config/kafka-options.ts';
import { KAFKA_SHAPE } from '../core/config/service-shapes.ts';
import { connectKafka } from '../core/kafka/connect-kafka.ts';
import { coloursWanted, paletteFor } from '../core/runtime/colours.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { readOffsetFacts } from '../deploy/offsets/offset-facts.ts';
import { formatGroups, formatOffsets, offsetsJson } from '../deploy/offsets/offsets-text.ts';
import { defineCommand } from './command.ts';
import { OFFSETS_TARGET_OPTIONS } from './offsets-target-options.ts';
import { writeOutput } from './write-output.ts';

/** `bss offsets show`: where is a group, and who is in it? */
export const offsetsShowCommand = defineCommand({
  description:
    'Shows what a consumer group has committed in each partition, how far that is behind the end of the log, and the ' +
    'members of the group. Without a group: all groups of the cluster. Changes nothing.',
  positionals: [{ name: 'group', doc: 'The consumer group; a list of all groups when absent.', required: false }],
  options: { topics: OFFSETS_TARGET_OPTIONS.topics },
  config: KAFKA_SHAPE,
  examples: [
    { line: 'bss offsets show', doc: 'All groups of the cluster' },
    { line: 'bss offsets show archive --topics orders', doc: 'One group, in the partitions of one topic' },
  ],
  async run({ options, config, positionals: { group }, host }) {
    await using resources = new AsyncDisposableStack();
    const kafka = resources.adopt(await connectKafka(kafkaConnection(config.kafka)), (client) => client.close());
    if (group === undefined) {
      const groups = await kafka.listGroups();
      const lines = groups.map((listed) => `${JSON.stringify(listed)}\n`);
      await writeOutput(host.stdout, options.json ? lines.join('') : formatGroups(groups));
      return EXIT_CODES.ok;
    }
    const facts = await readOffsetFacts(kafka, { group, topics: options.topics, nowMs: host.clock.nowMs() });
    const palette = paletteFor(coloursWanted(host.stdout, host.env));
    const text = options.json ? `${JSON.stringify(offsetsJson(facts))}\n` : formatOffsets(facts, palette);
    await writeOutput(host.stdout, text);
    return EXIT_CODES.ok;
  },
});
