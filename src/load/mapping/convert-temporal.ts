import { must } from '../../core/assert.ts';
import type { RowValue } from '../row/row.ts';
import type { ColumnMapping } from './load-mapping.ts';
import { DAY_US, isoDate, isoTime, type Moment, momentFromUs, shifted, usOf } from './moment.ts';
import { momentParser, parseIsoDate, parseIsoDateTime, parseIsoTime } from './moment-pattern.ts';
import { type Converted, Refusal, wrongKind } from './refusal.ts';

/** Ways to write a date: `2026-01-31`, or days since 1970 (Debezium, both `time.precision.mode`s). */
export const DATE_FORMS = ['iso', 'epoch-days'] as const;
/** Ways to write a time or date and time: ISO 8601, or a number since midnight or 1970 (Debezium's modes). */
export const TIME_FORMS = ['iso', 'millis', 'micros', 'nanos'] as const;

const CUT = new Refusal('digits below the microsecond (`lossy: true` cuts them)');

/** Days of the calendar. */
export function dateConverter({ as, pattern, lossy }: ColumnMapping): (value: RowValue) => Converted {
  const parse = pattern === undefined ? parseIsoDate : must(momentParser(pattern), 'the pattern was checked');
  const write = (day: number): string => (as === 'epoch-days' ? String(day) : `"${isoDate(day)}"`);
  const fromMoment = ({ day, us }: Moment): Converted =>
    us === 0 || lossy ? write(day) : new Refusal('has a time of day (`lossy: true` cuts it)');
  return (value) => {
    if (typeof value === 'string') {
      const parsed = parse(value);
      return parsed === undefined ? new Refusal('not a date') : fromMoment(parsed);
    }
    if (isKind(value, 'date')) return write(value.epochDay);
    if (isKind(value, 'timestamp')) return fromMoment(momentFromUs(value.epochUs));
    return wrongKind(value, 'date');
  };
}

/** Times of day. */
export function timeConverter({ as, pattern, lossy }: ColumnMapping): (value: RowValue) => Converted {
  const parse = pattern === undefined ? parseIsoTime : must(momentParser(pattern), 'the pattern was checked');
  const write = (us: number): Converted =>
    as === undefined || as === 'iso' ? `"${isoTime(us)}"` : scaled(us, as, lossy);
  return (value) => {
    if (typeof value === 'string') {
      const parsed = parse(value);
      if (parsed === undefined) return new Refusal('not a time of day');
      return parsed.isCut && !lossy ? CUT : write(parsed.us);
    }
    if (isKind(value, 'time')) return write(Number(value.us));
    return wrongKind(value, 'time');
  };
}

/** Dates and times without a zone. A text with one is refused: it says more than the column can hold. */
export function timestampConverter({ as, pattern, lossy }: ColumnMapping): (value: RowValue) => Converted {
  const parse = dateTimeParser(pattern);
  const write = (moment: Moment): Converted =>
    as === undefined || as === 'iso' ? `"${isoDate(moment.day)}T${isoTime(moment.us)}"` : sinceEpoch(moment, as, lossy);
  return (value) => {
    if (typeof value === 'string') {
      const parsed = parse(value);
      if (parsed === undefined) return new Refusal('not a date and time');
      if (parsed.offsetMinutes !== undefined) return new Refusal('has a zone, which a timestamp has not');
      return parsed.isCut && !lossy ? CUT : write(parsed);
    }
    if (isKind(value, 'timestamp')) return write(momentFromUs(value.epochUs));
    return wrongKind(value, 'timestamp');
  };
}

/** Points in time, written in UTC. A text without a zone is refused, unless the mapping says which it means. */
export function instantConverter(column: ColumnMapping): (value: RowValue) => Converted {
  const { as, pattern, lossy, offsetMinutes } = column;
  const parse = dateTimeParser(pattern);
  const write = (moment: Moment): Converted =>
    as === undefined || as === 'iso'
      ? `"${isoDate(moment.day)}T${isoTime(moment.us)}Z"`
      : sinceEpoch(moment, as, lossy);
  return (value) => {
    if (typeof value === 'string') {
      const parsed = parse(value);
      if (parsed === undefined) return new Refusal('not a date and time');
      const offset = parsed.offsetMinutes ?? offsetMinutes;
      if (offset === undefined) return new Refusal('has no zone (`zone: "+01:00"` says which it means)');
      if (parsed.isCut && !lossy) return CUT;
      return write(offset === 0 ? parsed : shifted(parsed, -offset));
    }
    if (isKind(value, 'instant')) return write(momentFromUs(value.epochUs));
    if (isKind(value, 'timestamp') && offsetMinutes !== undefined) {
      return write(shifted(momentFromUs(value.epochUs), -offsetMinutes));
    }
    return wrongKind(value, 'timestamptz');
  };
}

function dateTimeParser(pattern: string | undefined): typeof parseIsoDateTime {
  return pattern === undefined ? parseIsoDateTime : must(momentParser(pattern), 'the pattern was checked');
}

function sinceEpoch(moment: Moment, as: string, lossy: boolean): Converted {
  if (as !== 'millis') return as === 'micros' ? usOf(moment).toString() : `${usOf(moment) * 1000n}`;
  const { us, day } = moment;
  if (us % 1000 !== 0 && !lossy) return new Refusal('digits below the millisecond (`lossy: true` cuts them)');
  return String(day * (DAY_US / 1000) + Math.floor(us / 1000));
}

function scaled(us: number, as: string, lossy: boolean): Converted {
  if (as === 'micros') return String(us);
  if (as === 'nanos') return String(us * 1000);
  if (us % 1000 !== 0 && !lossy) return new Refusal('digits below the millisecond (`lossy: true` cuts them)');
  return String(Math.floor(us / 1000));
}

function isKind<K extends 'date' | 'time' | 'timestamp' | 'instant'>(
  value: RowValue,
  kind: K,
): value is Extract<RowValue, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
