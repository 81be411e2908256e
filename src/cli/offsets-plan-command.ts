import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { kafkaConnection } from '../core/config/kafka-options.ts';
import { optional } from '../core/config/option.ts';
import { filePath } from '../core/config/option-types.ts';
import { KAFKA_SHAPE } from '../core/config/service-shapes.ts';
import { connectKafka } from '../core/kafka/connect-kafka.ts';
import { coloursWanted, paletteFor } from '../core/runtime/colours.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { offsetsPlanJson } from '../deploy/offsets/offsets-plan-json.ts';
import { formatObstacle, formatPlan } from '../deploy/offsets/offsets-text.ts';
import { proposeOffsets } from '../deploy/offsets/propose-offsets.ts';
import { defineCommand } from './command.ts';
import { OFFSETS_TARGET_OPTIONS, offsetTarget } from './offsets-target-options.ts';
import { writeOutput } from './write-output.ts';

/** `bss offsets plan`: what would it mean to set a group's offsets? */
export const offsetsPlanCommand = defineCommand({
  description:
    'Works out the offsets that a consumer group is to be set to, and shows for each partition what is committed, what ' +
    'will be, how many records are skipped or read again, and what else to know. Changes nothing; --out writes the plan ' +
    'to a file for `bss offsets apply --plan`. Exit code 3 when the plan could not be applied now, since the group has ' +
    'members.',
  positionals: [{ name: 'group', doc: 'The consumer group; it need not exist yet.', required: true }],
  options: {
    ...OFFSETS_TARGET_OPTIONS,
    out: optional(filePath, { doc: 'File to write the plan to, as JSON.' }),
  },
  config: KAFKA_SHAPE,
  examples: [
    { line: 'bss offsets plan archive --to-time 2026-01-31T08:30:00Z --out plan.json', doc: 'To a moment' },
    { line: 'bss offsets plan archive --to-snapshot manifest.json', doc: 'To just after a snapshot' },
    { line: 'bss offsets plan archive --topics orders --to-earliest', doc: 'To the start of one topic' },
  ],
  async run({ options, config, positionals: { group = '' }, host }) {
    const target = offsetTarget('offsets plan', options, host);
    await using resources = new AsyncDisposableStack();
    const kafka = resources.adopt(await connectKafka(kafkaConnection(config.kafka)), (client) => client.close());
    const { topics, clamp } = options;
    const plan = await proposeOffsets(kafka, { group, target, topics, clamp, nowMs: host.clock.nowMs() });
    const description = await kafka.describeGroup(group);
    const json = offsetsPlanJson(plan);
    if (options.out !== undefined) {
      await writeFile(resolve(host.directory, options.out), `${JSON.stringify(json, undefined, 2)}\n`);
    }
    const palette = paletteFor(coloursWanted(host.stdout, host.env));
    const obstacle = formatObstacle(description, palette);
    await writeOutput(host.stdout, options.json ? `${JSON.stringify(json)}\n` : formatPlan(plan, palette));
    if (obstacle === undefined) return EXIT_CODES.ok;
    await writeOutput(options.json ? host.stderr : host.stdout, obstacle);
    return EXIT_CODES.findings;
  },
});
