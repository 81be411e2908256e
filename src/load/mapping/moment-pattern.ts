import { dayOf, momentOf, type ParsedMoment } from './moment.ts';

/** Understands a text as a date and time. */
export type MomentParser = (text: string) => ParsedMoment | undefined;

const TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?$/;

const DATE_CHARS = 10;
/** `2026-01-31T12:34:56`. */
const SECONDS_CHARS = 19;

/** ISO 8601, a blank instead of the `T` too, as databases write it: `2026-01-31`. */
export const parseIsoDate: MomentParser = (text) => {
  if (text.length !== DATE_CHARS) return undefined;
  const day = isoDayOf(text);
  return day === undefined ? undefined : { day, us: 0, offsetMinutes: undefined, isCut: false };
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
  const quick = parseCommonDateTime(text);
  if (quick !== undefined) return quick;
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  return momentOf({ year, month, day, hour, minute, second, fraction, zone });
};

/**
 * The forms that most dumps have, read by their characters: to the second or with up to six digits more, in UTC or without
 * a zone. Undefined: one of the others, or none.
 */
function parseCommonDateTime(text: string): ParsedMoment | undefined {
  const { length } = text;
  const separator = text.charCodeAt(DATE_CHARS);
  if (length < SECONDS_CHARS || (separator !== 84 && separator !== 32)) return undefined;
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return undefined;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined;
  const isUtc = text.charCodeAt(length - 1) === 90;
  const end = isUtc ? length - 1 : length;
  let fraction = 0;
  if (end > SECONDS_CHARS) {
    if (text.charCodeAt(SECONDS_CHARS) !== 46 || end === SECONDS_CHARS + 1 || end > SECONDS_CHARS + 7) return undefined;
    let unit = 100_000;
    for (let at = SECONDS_CHARS + 1; at < end; at++, unit /= 10) fraction += digit(text, at) * unit;
  }
  const day = isoDayOf(text);
  const us = ((hour * 60 + minute) * 60 + second) * 1e6 + fraction;
  if (day === undefined || Number.isNaN(us)) return undefined;
  return { day, us, offsetMinutes: isUtc ? 0 : undefined, isCut: false };
}

/** Days since 1970 of the date that the text begins with. */
function isoDayOf(text: string): number | undefined {
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return undefined;
  return dayOf(twoDigits(text, 0) * 100 + twoDigits(text, 2), twoDigits(text, 5), twoDigits(text, 8));
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

/** NaN for what is no digit, which all that is worked out with it then is. */
function digit(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57 ? code - 48 : NaN;
}

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
