import { momentOf, type ParsedMoment } from './moment.ts';

/** Understands a text as a date and time. */
export type MomentParser = (text: string) => ParsedMoment | undefined;

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** ISO 8601, a blank instead of the `T` too, as databases write it: `2026-01-31`. */
export const parseIsoDate: MomentParser = (text) => {
  const match = DATE.exec(text);
  return match === null ? undefined : momentOf({ year: match[1], month: match[2], day: match[3] });
};

/** `12:34:56.789`. */
export const parseIsoTime: MomentParser = (text) => {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, hour, minute, second, fraction] = match;
  return momentOf({ hour, minute, second, fraction });
};

/** `2026-01-31T12:34:56.789+01:00`, with a zone or without. */
export const parseIsoDateTime: MomentParser = (text) => {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  return momentOf({ year, month, day, hour, minute, second, fraction, zone });
};

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const TOKENS: Readonly<Record<string, string>> = {
  YYYY: '(?<year>\\d{4})',
  MON: '(?<monthName>[A-Za-z]{3})',
  MM: '(?<month>\\d\\d?)',
  DD: '(?<day>\\d\\d?)',
  HH: '(?<hour>\\d\\d?)',
  mm: '(?<minute>\\d\\d)',
  ss: '(?<second>\\d\\d)',
  f: '(?<fraction>\\d{1,9})',
  Z: '(?<zone>Z|[+-]\\d\\d(?::?\\d\\d)?)',
};
const TOKEN = /YYYY|MON|MM|DD|HH|mm|ss|f|Z/g;

/**
 * A parser for a pattern such as `DD/MM/YYYY HH:mm:ss.f`. `YYYY` year, `MM` month, `MON` its English name's three letters,
 * `DD` day, `HH` hour from 0 to 23, `mm` minute, `ss` second, `f` digits of its fraction, `Z` zone; everything else stands
 * for itself. Undefined when the pattern names a field twice, or none.
 */
export function momentParser(pattern: string): MomentParser | undefined {
  const tokens: readonly string[] = pattern.match(TOKEN) ?? [];
  if (tokens.length === 0 || new Set(tokens).size !== tokens.length) return undefined;
  if (tokens.includes('MM') && tokens.includes('MON')) return undefined;
  let source = '';
  let from = 0;
  for (const { 0: token, index } of pattern.matchAll(TOKEN)) {
    source += RegExp.escape(pattern.slice(from, index)) + (TOKENS[token] ?? '');
    from = index + token.length;
  }
  const expression = new RegExp(`^${source}${RegExp.escape(pattern.slice(from))}$`);
  return (text) => {
    const groups = expression.exec(text)?.groups;
    if (groups === undefined) return undefined;
    const { monthName } = groups;
    const named = monthName === undefined ? undefined : MONTHS.indexOf(monthName.toLowerCase()) + 1;
    return momentOf({ ...groups, ...(named !== undefined && { month: String(named) }) });
  };
}
