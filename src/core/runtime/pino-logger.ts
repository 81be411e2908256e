import { pino, type Logger as PinoLogger } from 'pino';
import { reportError } from './error-report.ts';
import { prettyLogLine } from './pretty-log-line.ts';
import type { LogFields, Logger, LogLevel } from './logger.ts';

/** Where log lines go. */
export interface LogOutput {
  write(line: string): unknown;
}

/** How a logger writes. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** On every line, such as the service's name and version. */
  readonly fields?: LogFields | undefined;
  readonly output: LogOutput;
  /** Lines for people instead of JSON. */
  readonly pretty?: { readonly colours: boolean } | undefined;
}

/**
 * A logger that writes JSON lines as pino does (`level` as number, `time` in milliseconds, `msg`), or lines for people.
 * Offsets and other bigints are written as decimal strings.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level, fields = {}, output, pretty } = options;
  const destination =
    pretty === undefined ? output : { write: (line: string) => output.write(prettyLogLine(line, pretty.colours)) };
  return adapt(pino({ level, base: plain(fields) }, destination));
}

/** Standard output or error, written synchronously so that no line is lost when the process ends. */
export function standardOutput(fd: 1 | 2): LogOutput {
  return pino.destination({ dest: fd, sync: true });
}

function adapt(logger: PinoLogger): Logger {
  return {
    trace: (message, fields) => logger.isLevelEnabled('trace') && logger.trace(plain(fields), message),
    debug: (message, fields) => logger.isLevelEnabled('debug') && logger.debug(plain(fields), message),
    info: (message, fields) => logger.info(plain(fields), message),
    warn: (message, fields) => logger.warn(plain(fields), message),
    error: (message, fields) => logger.error(plain(fields), message),
    child: (fields) => adapt(logger.child(plain(fields))),
  };
}

/** Fields as JSON can hold them. */
function plain(fields: LogFields = {}): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof Error) written[name] = reportError(value);
    else if (name === 'error') written[name] = reportError(value);
    else written[name] = typeof value === 'bigint' ? value.toString() : value;
  }
  return written;
}
