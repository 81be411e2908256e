import { displayWidth } from '../core/runtime/text-table.ts';
import { wrapText } from '../core/runtime/wrap-text.ts';
import type { Palette } from '../core/runtime/colours.ts';
import type { Option, OptionTable } from '../core/config/option.ts';
import type { Command } from './command.ts';
import type { CommandEntry } from './commands.ts';
import { flagNames, isSwitch } from './parse-command-line.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';

const WIDTH = 110;
/** The explanations start here; longer names stand on a line of their own. */
const NAME_WIDTH = 34;

/** What `bss --help` prints. */
export function formatOverview(commands: readonly CommandEntry[], palette: Palette): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    'bss - archives Kafka topics to object storage exactly once, and reloads them faithfully.',
    '',
    `${palette.bold('Usage:')} bss <command> [options]`,
    '',
    palette.bold('Commands:'),
    ...rows.flatMap(([name, summary]) => entry(name, summary)),
    '',
    palette.bold('Options:'),
    ...optionLines(GLOBAL_OPTIONS),
    '',
    'Every command explains itself: bss <command> --help',
    '',
  ].join('\n');
}

/** What `bss <command> --help` prints. */
export function formatCommandHelp(name: string, command: Command, palette: Palette): string {
  const words = command.positionals.map(({ name: word, required, many = false }) => {
    const shown = many ? `${word}...` : word;
    return required ? `<${shown}>` : `[${shown}]`;
  });
  const lines = [
    ...wrapText(command.description, WIDTH),
    '',
    `${palette.bold('Usage:')} ${['bss', name, ...words, '[options]'].join(' ')}`,
  ];
  if (command.positionals.length > 0) {
    lines.push('', palette.bold('Words:'));
    for (const { name: word, doc } of command.positionals) lines.push(...entry(word, doc));
  }
  lines.push('', palette.bold('Options:'), ...optionLines({ ...command.options, ...GLOBAL_OPTIONS }));
  const tables = [command.config?.table ?? {}, ...(command.alsoAccepts ?? [])];
  const settings: OptionTable = Object.fromEntries(tables.toReversed().flatMap((table) => Object.entries(table)));
  if (Object.keys(settings).length > 0) {
    const title = 'Configuration (in bss.yaml, as variables such as BSS_KAFKA_BROKERS, or as flags):';
    lines.push('', palette.bold(title), ...optionLines(settings));
  }
  if (command.examples.length > 0) {
    lines.push('', palette.bold('Examples:'));
    for (const { line, doc } of command.examples) lines.push(`  ${palette.dim(`# ${doc}`)}`, `  ${line}`);
  }
  return [...lines, ''].join('\n');
}

function optionLines(table: OptionTable): string[] {
  return Object.entries(table).flatMap(([path, option]) => {
    const names = flagNames(path, option).join(', ');
    const shown = isSwitch(option) ? names : `${names} ${option.type.placeholder}`;
    return entry(shown, `${option.doc}${remark(option)}`);
  });
}

/** What happens without the option. */
function remark(option: Option): string {
  if (option.required) return ' (required)';
  if (option.defaultText !== undefined) return ` (default: ${option.defaultText})`;
  if (option.default === undefined || option.default === false || typeof option.default === 'function') return '';
  const parsed = option.type.parse(option.default);
  return 'value' in parsed ? ` (default: ${option.type.show(parsed.value)})` : '';
}

function entry(name: string, text: string): string[] {
  const lines = wrapText(text, WIDTH - NAME_WIDTH);
  const fits = displayWidth(name) <= NAME_WIDTH - 4;
  const head = fits ? `  ${name.padEnd(NAME_WIDTH - 2)}${lines.shift() ?? ''}` : `  ${name}`;
  return [head.trimEnd(), ...lines.map((line) => ' '.repeat(NAME_WIDTH) + line)];
}
