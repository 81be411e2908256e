import type { ConfigOf } from '../core/config/config-of.ts';
import { kafkaConnection } from '../core/config/kafka-options.ts';
import { optional, withDefault } from '../core/config/option.ts';
import { boolean, duration, filePath } from '../core/config/option-types.ts';
import { KAFKA_SHAPE } from '../core/config/service-shapes.ts';
import { AppError } from '../core/errors.ts';
import { connectKafka } from '../core/kafka/connect-kafka.ts';
import type { KafkaClient } from '../core/kafka/kafka-client.ts';
import { coloursWanted, paletteFor } from '../core/runtime/colours.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { applyOffsets, undoOffsets } from '../deploy/offsets/apply-offsets.ts';
import { refuseLiveGroup } from '../deploy/offsets/live-group.ts';
import { readOffsetsPlan } from '../deploy/offsets/offsets-plan-json.ts';
import type { OffsetsPlan } from '../deploy/offsets/offsets-plan.ts';
import { appliedJson, formatApplied, formatPlan } from '../deploy/offsets/offsets-text.ts';
import { proposeOffsets } from '../deploy/offsets/propose-offsets.ts';
import type { CliHost } from './cli-host.ts';
import { defineCommand } from './command.ts';
import { hasTarget, OFFSETS_TARGET_OPTIONS, offsetTarget, readText } from './offsets-target-options.ts';
import { usage } from './parse-command-line.ts';
import { writeOutput } from './write-output.ts';

const COMMAND = 'offsets apply';

const OPTIONS = {
  plan: optional(filePath, {
    doc: 'The plan to apply, as `bss offsets plan --out` wrote it, instead of group and flags.',
  }),
  undo: withDefault(boolean, false, {
    doc: 'Take the plan of --plan back: every partition gets again what it had before.',
  }),
  wait: withDefault(duration('0s', '1h'), '0s', {
    doc: 'How long to wait for the members of the group to go; killed ones stay until their session is over.',
  }),
  ...OFFSETS_TARGET_OPTIONS,
};

/** `bss offsets apply`: sets a group's offsets. */
export const offsetsApplyCommand = defineCommand({
  description:
    'Sets the offsets of a consumer group that has no members, as a plan or the same flags as of `bss offsets plan` say, ' +
    'and reads them again. Refuses a live group, naming who is in it; a plan whose offsets or topics have changed since it ' +
    'was made; and offsets that are no longer in the log. A plan can be applied again: what is done already stays.',
  positionals: [{ name: 'group', doc: 'The consumer group, when there is no --plan.', required: false }],
  options: OPTIONS,
  config: KAFKA_SHAPE,
  examples: [
    { line: 'bss offsets apply --plan plan.json', doc: 'What was planned and looked at' },
    { line: 'bss offsets apply --plan plan.json --undo', doc: 'Back to what was before' },
    { line: 'bss offsets apply archive --to-offsets orders-0=1200,orders-1=1187', doc: 'Plan and apply in one' },
  ],
  async run({ options, config, positionals: { group }, host }) {
    const source = planSource(group, options, host);
    await using resources = new AsyncDisposableStack();
    const kafka = resources.adopt(await connectKafka(kafkaConnection(config.kafka)), (client) => client.close());
    const palette = paletteFor(coloursWanted(host.stdout, host.env));
    // Before the plan is made: members may commit when they leave.
    await refuseLiveGroup(kafka, source.group, { waitMs: options.waitMs, clock: host.clock });
    const plan = await source.plan(kafka);
    if (!options.json && !options.undo) await writeOutput(host.stdout, formatPlan(plan, palette));
    const applied = options.undo ? await undoOffsets(kafka, plan) : await applyOffsets(kafka, plan);
    const text = options.json ? `${JSON.stringify(appliedJson(applied))}\n` : formatApplied(applied, palette);
    await writeOutput(host.stdout, text);
    return EXIT_CODES.ok;
  },
});

/** Whose offsets, and how their plan is had. */
interface PlanSource {
  readonly group: string;
  readonly plan: (kafka: KafkaClient) => Promise<OffsetsPlan>;
}

/** What the line says is checked before anything is connected to. */
function planSource(group: string | undefined, options: ConfigOf<typeof OPTIONS>, host: CliHost): PlanSource {
  const { plan: path, topics, clamp } = options;
  if (path !== undefined) {
    if (group !== undefined || hasTarget(options) || topics !== undefined || clamp) {
      throw usage(COMMAND, '--plan goes without a group, and without flags that say where to: the plan says it all');
    }
    const plan = readOffsetsPlan(parseJson(readText(host, path), path), path);
    return { group: plan.group, plan: () => Promise.resolve(plan) };
  }
  if (options.undo) throw usage(COMMAND, '--undo needs the plan that was applied: --plan <file>');
  if (group === undefined) throw usage(COMMAND, 'say what to apply: --plan <file>, or a group and where to');
  const target = offsetTarget(COMMAND, options, host);
  const plan = (kafka: KafkaClient): Promise<OffsetsPlan> =>
    proposeOffsets(kafka, { group, target, topics, clamp, nowMs: host.clock.nowMs() });
  return { group, plan };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('OFFSETS_TARGET_INVALID', `Reading the plan ${path}: it is not JSON`, {
      subject: path,
      hint: 'Make it with `bss offsets plan --out <file>`.',
      cause: error,
    });
  }
}
