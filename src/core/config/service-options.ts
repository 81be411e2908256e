import { LOG_LEVELS } from '../runtime/logger.ts';
import { type Parsed, withDefault } from './option.ts';
import { duration, integer, oneOf, text } from './option-types.ts';

/** Options of every service: its HTTP port and its log. */
export const SERVICE_OPTIONS = {
  'http.host': withDefault(text, '0.0.0.0', { doc: 'Address to listen on for health, metrics and the API.' }),
  'http.port': withDefault(integer(0, 65_535), 3000, {
    doc: 'Port to listen on; 0 takes any free one.',
    aliases: [{ env: 'HTTP_PORT' }],
  }),
  'log.level': withDefault(oneOf(...LOG_LEVELS), 'info', {
    doc: 'How much is logged.',
    aliases: [{ env: 'LOG_LEVEL', convert: logLevel }],
  }),
};

/** How long a service may take to stop. */
export function drainTimeout(doc: string) {
  return withDefault(duration('1s', '1h'), '30s', {
    doc,
    aliases: [{ env: 'QUARKUS_SHUTDOWN_TIMEOUT', convert: quarkusDuration }],
  });
}

/** The mirrored system's other names of levels. */
function logLevel(given: string): Parsed<string> {
  const others: Readonly<Record<string, string>> = {
    ALL: 'trace',
    FINEST: 'trace',
    FINER: 'trace',
    FINE: 'debug',
    WARNING: 'warn',
    SEVERE: 'error',
    OFF: 'silent',
  };
  return { value: others[given.toUpperCase()] ?? given };
}

/** Quarkus reads a bare number as seconds, and otherwise `30S` or `PT30S`. */
function quarkusDuration(given: string): Parsed<string> {
  if (/^\d+$/.test(given)) return { value: `${given}s` };
  return { value: given.replace(/^PT/i, '').toLowerCase() };
}
