import { suggestion } from '../core/config/nearest-name.ts';
import { type ErrorCode, isAppError } from '../core/errors.ts';
import { coloursWanted, paletteFor } from '../core/runtime/colours.ts';
import { formatError, formatErrorJson } from '../core/runtime/error-report.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import type { CliHost } from './cli-host.ts';
import type { CommandEntry } from './commands.ts';
import { formatCommandHelp, formatOverview } from './help.ts';
import { usage } from './parse-command-line.ts';

/** Runs a command line. Gives the exit code, and never rejects: what goes wrong is on stderr. */
export async function runCli(
  args: readonly string[],
  host: CliHost,
  commands: readonly CommandEntry[],
): Promise<number> {
  try {
    return await dispatch(args, host, commands);
  } catch (error) {
    host.stderr.write(args.includes('--json') ? formatErrorJson(error) : formatError(error));
    return exitCodeOf(error);
  }
}

/** What was typed or written down cannot be used. */
const INPUT_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'USAGE',
  'CONFIG_INVALID',
  'CONFIG_FILE_MISSING',
  'DEPLOY_FACTS_CONTRADICTORY',
  'DEPLOY_FACTS_MISSING',
]);

/** The exit code that an error ends the program with. */
function exitCodeOf(error: unknown): number {
  if (!isAppError(error)) return EXIT_CODES.bug;
  return INPUT_ERRORS.has(error.code) ? EXIT_CODES.usage : EXIT_CODES.error;
}

async function dispatch(args: readonly string[], host: CliHost, commands: readonly CommandEntry[]): Promise<number> {
  const first = args[0];
  if (first === '--version' || first === 'version') return print(host, `${host.version}\n`);
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    const asked = args.slice(1).filter((word) => !word.startsWith('-'));
    return asked.length === 0 ? overview(host, commands) : await help(asked, host, commands);
  }
  const entry = findCommand(args, commands);
  if (entry === undefined) return groupHelp(args, host, commands);
  const rest = args.slice(entry.name.split(' ').length);
  // A request for help is answered whatever else is wrong with the line.
  const words = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (words.includes('--help') || words.includes('-h')) return await help(entry.name.split(' '), host, commands);
  // Loaded here, since help and version are to come at once.
  const { runCommand } = await import('./run-command.ts');
  return await runCommand(entry.name, await entry.load(), rest, host);
}

function findCommand(args: readonly string[], commands: readonly CommandEntry[]): CommandEntry | undefined {
  // `load reconstruct` before `load`.
  return commands
    .filter(({ name }) => name.split(' ').every((word, index) => args[index] === word))
    .toSorted((a, b) => b.name.length - a.name.length)[0];
}

async function help(words: readonly string[], host: CliHost, commands: readonly CommandEntry[]): Promise<number> {
  const entry = findCommand(words, commands);
  if (entry === undefined) return groupHelp(words, host, commands);
  return print(host, formatCommandHelp(entry.name, await entry.load(), palette(host)));
}

/** `bss archive`: the commands of the group. Anything else is a mistake. */
function groupHelp(args: readonly string[], host: CliHost, commands: readonly CommandEntry[]): number {
  const [group = '', next] = args;
  const members = commands.filter(({ name }) => name.startsWith(`${group} `));
  if (members.length === 0) {
    const names = new Set(commands.flatMap(({ name }) => [name, name.split(' ', 1)[0] ?? name]));
    throw usage('', `there is no command "${group}"${suggestion(group, names)}`);
  }
  if (next === undefined || next === '--help' || next === '-h') return overview(host, members);
  const given = `${group} ${next}`;
  throw usage(
    group,
    `there is no command "${given}"${suggestion(
      given,
      members.map(({ name }) => name),
    )}`,
  );
}

function overview(host: CliHost, commands: readonly CommandEntry[]): number {
  return print(host, formatOverview(commands, palette(host)));
}

function palette(host: CliHost) {
  return paletteFor(coloursWanted(host.stdout, host.env));
}

function print(host: CliHost, text: string): number {
  host.stdout.write(text);
  return EXIT_CODES.ok;
}
