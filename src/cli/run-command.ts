import { findConfigFile } from '../core/config/find-config-file.ts';
import { type ConfigSources, loadConfig } from '../core/config/load-config.ts';
import type { CliHost } from './cli-host.ts';
import type { Command } from './command.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { parseCommandLine } from './parse-command-line.ts';

/** Reads the rest of the command line and the configuration, and runs the command. Gives its exit code. */
export async function runCommand(
  name: string,
  command: Command,
  args: readonly string[],
  host: CliHost,
): Promise<number> {
  const own = { ...command.options, ...GLOBAL_OPTIONS };
  const settings = [...(command.config === undefined ? [] : [command.config.table]), ...(command.alsoAccepts ?? [])];
  const shape = { command: name, tables: [own, ...settings], positionals: command.positionals };
  const { flags, positionals, words } = parseCommandLine(args, shape);
  const { coreCount, readFile } = host;
  const options = loadConfig({ table: own }, { env: {}, flags, coreCount, readFile }).config;
  const file = settings.length === 0 ? undefined : findConfigFile(flags.get('config'), host.env, host.directory);
  const sources: ConfigSources = { file, env: host.env, flags, coreCount, readFile };
  const config = command.config === undefined ? {} : loadConfig(command.config, sources).config;
  return await command.run({ options, config, positionals, words, sources, host });
}
