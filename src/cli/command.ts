import type { ConfigOf } from '../core/config/config-of.ts';
import type { ConfigShape, ConfigSources } from '../core/config/load-config.ts';
import type { OptionTable } from '../core/config/option.ts';
import type { CliHost } from './cli-host.ts';
import type { GLOBAL_OPTIONS } from './global-options.ts';

/** One subcommand. Adding one is a file that exports this and a line in `commands.ts`. */
export interface Command<Options extends OptionTable = OptionTable, Config extends OptionTable = OptionTable> {
  /** A paragraph for its help: what it does, what it needs, what it changes. */
  readonly description: string;
  /** Words after the name, in order. */
  readonly positionals: readonly Positional[];
  /** Options that are given as flags alone. */
  readonly options: Options;
  /** Options that come from `bss.yaml`, variables or flags. Absent: the command needs no configuration. */
  readonly config?: ConfigShape<Config> | undefined;
  /** Further configuration options that are accepted as flags; the command reads them from `invocation.sources`. */
  readonly alsoAccepts?: readonly OptionTable[] | undefined;
  readonly examples: readonly Example[];
  /** Does it. Gives the exit code; throws an `AppError` for whatever is not its fault. */
  run(invocation: Invocation<Options, Config>): Promise<number>;
}

/** A word after the command's name. */
export interface Positional {
  readonly name: string;
  readonly doc: string;
  readonly required: boolean;
  /** Of the last one: any number of words, which are then all in `Invocation.words`. */
  readonly many?: boolean | undefined;
}

/** A command line that can be copied, and what it does. */
export interface Example {
  readonly line: string;
  readonly doc: string;
}

/** What a command is run with. */
export interface Invocation<Options extends OptionTable, Config extends OptionTable> {
  readonly options: ConfigOf<Options> & ConfigOf<typeof GLOBAL_OPTIONS>;
  /** Empty when the command has no `config`. */
  readonly config: ConfigOf<Config>;
  /** By name; absent ones are undefined. */
  readonly positionals: Readonly<Record<string, string | undefined>>;
  /** All of them, in order. */
  readonly words: readonly string[];
  /** What the configuration was made from, for commands that look at it themselves. */
  readonly sources: ConfigSources;
  readonly host: CliHost;
}

/** Makes a command, so that the types of its options follow from its tables. */
export function defineCommand<Options extends OptionTable, Config extends OptionTable>(
  command: Command<Options, Config>,
): Command<Options, Config> {
  return command;
}
