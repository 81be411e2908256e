import { coloursWanted } from '../core/runtime/colours.ts';
import type { Logger, LogLevel } from '../core/runtime/logger.ts';
import { createLogger, standardOutput } from '../core/runtime/pino-logger.ts';
import type { CliHost } from './cli-host.ts';

/** A service's log, on standard error: lines for people on a terminal, JSON otherwise. */
export function serviceLogger(level: LogLevel, name: string, host: CliHost): Logger {
  const isTerminal = host.stderr.isTTY === true;
  return createLogger({
    level,
    fields: { name, version: host.version },
    output: standardOutput(2),
    pretty: isTerminal ? { colours: coloursWanted(host.stderr, host.env) } : undefined,
  });
}
