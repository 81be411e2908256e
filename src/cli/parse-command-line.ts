import { parseArgs } from 'node:util';
import { AppError } from '../core/errors.ts';
import { suggestion } from '../core/config/nearest-name.ts';
import type { Option, OptionTable } from '../core/config/option.ts';
import { flagKey, flagName } from '../core/config/option-names.ts';
import type { Positional } from './command.ts';

/** What a command line says. */
export interface CommandLine {
  /** Texts of flags by path of the option. */
  readonly flags: ReadonlyMap<string, string>;
  readonly positionals: Readonly<Record<string, string | undefined>>;
  /** All of them, in order. */
  readonly words: readonly string[];
}

/** What it may say. */
export interface CommandLineShape {
  readonly command: string;
  readonly tables: readonly OptionTable[];
  readonly positionals: readonly Positional[];
}

interface KnownFlag {
  readonly path: string;
  readonly takesValue: boolean;
}

/**
 * Reads `--name value`, `--name=value`, `--switch`, `--no-switch` and positionals; `--` ends the flags. Upper and lower
 * case and dashes within a name make no difference. @throws USAGE
 */
export function parseCommandLine(args: readonly string[], shape: CommandLineShape): CommandLine {
  const known = knownFlags(shape.tables);
  const flags = new Map<string, string>();
  const words: string[] = [];
  // The tokens alone are used: whether a flag takes the next argument is decided here, by the option's type.
  const { tokens } = parseArgs({ args: [...args], strict: false, allowPositionals: true, tokens: true });
  const valueIndexes = new Set<number>();
  for (const token of tokens) {
    if (token.kind === 'positional' && !valueIndexes.has(token.index)) words.push(token.value);
    if (token.kind !== 'option' || valueIndexes.has(token.index)) continue;
    const { flag, negated } = findFlag(token.rawName, known, shape.command);
    let text = token.value ?? (negated ? 'false' : 'true');
    if (flag.takesValue && token.value === undefined) {
      const next = args[token.index + 1];
      if (next === undefined || negated) throw usage(shape.command, `${token.rawName} needs a value`);
      valueIndexes.add(token.index + 1);
      text = next;
    }
    if (flags.has(flag.path)) throw usage(shape.command, `${token.rawName} is given twice`);
    flags.set(flag.path, text);
  }
  return { flags, positionals: namePositionals(words, shape), words };
}

/** A USAGE error with the way to the help. */
export function usage(command: string, message: string): AppError {
  const help = command === '' ? 'bss --help' : `bss ${command} --help`;
  return new AppError('USAGE', message, { subject: command, hint: `See \`${help}\`.` });
}

function knownFlags(tables: readonly OptionTable[]): Map<string, KnownFlag> {
  const known = new Map<string, KnownFlag>();
  for (const [path, option] of tables.flatMap((table) => Object.entries(table))) {
    for (const name of flagNames(path, option)) known.set(name, { path, takesValue: !isSwitch(option) });
  }
  return known;
}

/** The flag's name in help, then its shorter ones; all with their dashes. */
export function flagNames(path: string, option: Option): string[] {
  return [flagName(path), ...option.flags.map((flag) => (flag.length === 1 ? `-${flag}` : `--${flag}`))];
}

/** True for options that need no value: `--json`. */
export function isSwitch(option: Option): boolean {
  return option.type.schema['type'] === 'boolean';
}

function findFlag(
  rawName: string,
  known: ReadonlyMap<string, KnownFlag>,
  command: string,
): { readonly flag: KnownFlag; readonly negated: boolean } {
  const key = flagKey(rawName);
  for (const [name, flag] of known) {
    if (flagKey(name) === key) return { flag, negated: false };
    if (!flag.takesValue && `no${flagKey(name)}` === key) return { flag, negated: true };
  }
  throw usage(command, `there is no option ${rawName}${suggestion(rawName, known.keys())}`);
}

function namePositionals(words: readonly string[], shape: CommandLineShape): Record<string, string | undefined> {
  const { positionals, command } = shape;
  const extra = positionals.at(-1)?.many === true ? undefined : words[positionals.length];
  if (extra !== undefined) throw usage(command, `"${extra}" is one word too many`);
  const missing = positionals.find(({ required }, index) => required && words[index] === undefined);
  if (missing !== undefined) throw usage(command, `<${missing.name}> is missing: ${missing.doc}`);
  return Object.fromEntries(positionals.map(({ name }, index) => [name, words[index]]));
}
