import { type ConfigShape, loadConfig, type Setting } from '../core/config/load-config.ts';
import type { OptionTable } from '../core/config/option.ts';
import { RELOADER_SHAPE, STORER_SHAPE } from '../core/config/service-shapes.ts';
import { isAppError } from '../core/errors.ts';
import { coloursWanted, type Palette, paletteFor } from '../core/runtime/colours.ts';
import { type ErrorReport, formatError, reportError } from '../core/runtime/error-report.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { formatTable } from '../core/runtime/text-table.ts';
import { defineCommand } from './command.ts';
import { usage } from './parse-command-line.ts';

const SERVICES: Readonly<Record<string, ConfigShape<OptionTable>>> = {
  storer: STORER_SHAPE,
  reloader: RELOADER_SHAPE,
};

interface Check {
  readonly service: string;
  readonly settings: readonly Setting[];
  readonly error: ErrorReport | undefined;
}

/** `bss config check`: the configuration in force, or everything that is wrong with it. */
export const configCheckCommand = defineCommand({
  description:
    'Reads the configuration exactly as a service would, from the same file, variables and flags, and shows every value in force and where it comes from. Secrets are masked. Nothing is connected to. Exit code 2 when something is wrong.',
  positionals: [{ name: 'service', doc: 'storer or reloader; both when absent.', required: false }],
  options: {},
  alsoAccepts: Object.values(SERVICES).map(({ table }) => table),
  examples: [
    { line: 'bss config check storer --config bss.yaml', doc: 'What would the Storer do with this file?' },
    { line: 'BSS_HTTP_PORT=8080 bss config check --json', doc: 'The same for programs, of both services' },
  ],
  async run({ options, positionals, sources, host }) {
    const named = positionals['service'];
    if (named !== undefined && !Object.hasOwn(SERVICES, named)) {
      throw usage('config check', `there is no service "${named}": it is storer or reloader`);
    }
    const checks: Check[] = [];
    for (const [service, shape] of Object.entries(SERVICES)) {
      if (named !== undefined && named !== service) continue;
      try {
        checks.push({ service, settings: loadConfig(shape, sources).settings, error: undefined });
      } catch (error) {
        if (!isAppError(error, 'CONFIG_INVALID')) throw error;
        checks.push({ service, settings: [], error: reportError(error) });
        if (!options.json) host.stderr.write(`${service}: ${formatError(error)}`);
      }
    }
    const palette = paletteFor(coloursWanted(host.stdout, host.env));
    host.stdout.write(options.json ? `${JSON.stringify(checks)}\n` : formatChecks(checks, palette));
    return checks.some(({ error }) => error !== undefined) ? EXIT_CODES.usage : EXIT_CODES.ok;
  },
});

function formatChecks(checks: readonly Check[], palette: Palette): string {
  const columns = [{ title: 'OPTION' }, { title: 'VALUE' }, { title: 'FROM' }];
  const tables = checks
    .filter(({ error }) => error === undefined)
    .map(({ service, settings }) => {
      const rows = settings.map((setting) => formatSetting(setting, palette));
      return `${palette.bold(service)}: the configuration is good\n${formatTable(columns, rows)}`;
    });
  return tables.join('\n');
}

/** What was set stands out from what was left alone. */
function formatSetting({ path, shown, origin }: Setting, palette: Palette): string[] {
  if (shown === undefined) return [path, '-', origin].map((cell) => palette.dim(cell));
  const line = shown.replace(/\s+/g, ' ');
  const cut = line.length > 60 ? `${line.slice(0, 57)}...` : line;
  return origin === 'default' ? [path, cut, origin].map((cell) => palette.dim(cell)) : [path, cut, origin];
}
