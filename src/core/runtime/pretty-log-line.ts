import { paletteFor } from './colours.ts';

const LEVELS: Readonly<Record<number, { readonly word: string; readonly colour: 'dim' | 'green' | 'yellow' | 'red' }>> =
  {
    10: { word: 'TRACE', colour: 'dim' },
    20: { word: 'DEBUG', colour: 'dim' },
    30: { word: 'INFO', colour: 'green' },
    40: { word: 'WARN', colour: 'yellow' },
    50: { word: 'ERROR', colour: 'red' },
    60: { word: 'FATAL', colour: 'red' },
  };

/** A line of JSON log as one line for people: time (UTC), level, message, then the fields. */
export function prettyLogLine(line: string, colours: boolean): string {
  const { level, time, msg, ...fields } = parse(line);
  if (typeof level !== 'number' || typeof time !== 'number') return line;
  const palette = paletteFor(colours);
  const { word, colour } = LEVELS[level] ?? { word: String(level), colour: 'dim' };
  const clock = new Date(time).toISOString().slice(11, 23);
  const shown = Object.entries(fields).map(([name, value]) => palette.dim(` ${name}=`) + showValue(value));
  return `${palette.dim(clock)} ${palette[colour](word.padEnd(5))} ${typeof msg === 'string' ? msg : ''}${shown.join('')}\n`;
}

function parse(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function showValue(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}
