import type { Command } from './command.ts';

/** A command as the overview shows it; the command itself is loaded when it is used. */
export interface CommandEntry {
  /** The words that call it: `archive ls`. */
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Every command, in the order of the overview. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'storer',
    summary: 'Archive Kafka topics to the bucket, until it is stopped',
    load: async () => (await import('./storer-command.ts')).storerCommand,
  },
  {
    name: 'config check',
    summary: 'Check a configuration, and show every value and where it comes from',
    load: async () => (await import('./config-check-command.ts')).configCheckCommand,
  },
];
