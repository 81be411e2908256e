import { COMMANDS } from '../../src/cli/commands.ts';
import { formatCommandHelp, formatOverview } from '../../src/cli/help.ts';
import { paletteFor } from '../../src/core/runtime/colours.ts';
import { EXIT_CODES } from '../../src/core/runtime/exit-codes.ts';
import { markdownTable } from './markdown-table.ts';

const MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  ok: 'Done, or stopped in good order after SIGTERM or SIGINT.',
  error: 'An operating error: message, hint and code are on standard error.',
  usage: 'The command line or the configuration cannot be understood.',
  findings: 'The check that was asked for ran to its end, and found something.',
  waiting: 'Of `bss deploy`: a person is to do something. A further call of the command goes on.',
  bug: 'A bug of ours: the stack is on standard error.',
  sigint: 'Cut short by a second SIGINT (Ctrl-C twice); of `bss reload`, left by the first one.',
  sigpipe: 'The reader of the output went away, as with `| head`.',
  sigterm: 'Cut short by a second SIGTERM.',
};

/** docs/cli.md. */
export async function cliPage(): Promise<string> {
  const plain = paletteFor(false);
  const sections = [];
  for (const { name, load } of COMMANDS) {
    sections.push(`## bss ${name}`, '', fenced(formatCommandHelp(name, await load(), plain)), '');
  }
  const codes = Object.entries(EXIT_CODES) as [keyof typeof EXIT_CODES, number][];
  const rows = codes.sort(([, a], [, b]) => a - b).map(([name, value]) => [String(value), MEANINGS[name]]);
  return [
    '# Command line',
    '',
    'Generated from the commands themselves by `npm run docs`.',
    '',
    fenced(formatOverview(COMMANDS, plain)),
    '',
    'Results go to standard output, everything else to standard error. With `--json`, results and errors are JSON.',
    'Colours are used on terminals alone, and not when `NO_COLOR` is set.',
    '',
    '## Exit codes',
    '',
    markdownTable(['Code', 'Meaning'], rows),
    ...sections,
  ].join('\n');
}

function fenced(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}
