import { type ConfigShape, loadConfig, type Setting } from '../core/config/load-config.ts';
import { RELOADER_OPTIONS, reloaderProblems } from '../core/config/reloader-options.ts';
import { STORER_OPTIONS, storerProblems } from '../core/config/storer-options.ts';
import { isAppError } from '../core/errors.ts';
import { coloursWanted, paletteFor } from '../core/runtime/colours.ts';
import { formatError, type ErrorReport, reportError } from '../core/runtime/error-report.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { formatTable } from '../core/runtime/text-table.ts';
import type { OptionTable } from '../core/config/option.ts';
import { type CliHost } from './cli-host.ts';
import { defineCommand } from './command.ts';
import { usage } from './parse-command-line.ts';

const SERVICES: Readonly<Record<string, ConfigShape<OptionTable>>> = {
  storer: { table: STORER_OPTIONS, otherTables: [RELOADER_OPTIONS], check: storerProblems as never },
  reloader: { table: RELOADER_OPTIONS, otherTables: [STORER_OPTIONS], check: reloaderProblems as never },
};
