/** A date and time: days since 1970-01-01 and microseconds of that day. Both are exact as numbers, whatever the year. */
export interface Moment {
  readonly day: number;
  readonly us: number;
}

/** What a text says of a date and time. */
export interface ParsedMoment extends Moment {
  /** Minutes that its zone is ahead of UTC; undefined when it names none. */
  readonly offsetMinutes: number | undefined;
  /** It has digits below the microsecond, which are not in `us`. */
  readonly isCut: boolean;
}

/** Microseconds of a day. */
export const DAY_US = 86_400_000_000;

/** The fields of a date and time, as texts; absent ones are undefined. */
export interface MomentTexts {
  readonly year?: string | undefined;
  readonly month?: string | undefined;
  readonly day?: string | undefined;
  readonly hour?: string | undefined;
  readonly minute?: string | undefined;
  readonly second?: string | undefined;
  /** Digits after the point. */
  readonly fraction?: string | undefined;
  /** `Z`, `+02`, `+0200`, `+02:00`. */
  readonly zone?: string | undefined;
}

/** Undefined when there is no such day or time (February 30, 25:00). */
export function momentOf(texts: MomentTexts): ParsedMoment | undefined {
  const { year = '1970', month = '1', day = '1', hour = '0', minute = '0', second = '0', fraction = '', zone } = texts;
  const [y, m, d, h, min, s] = [Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second)];
  const epochDay = dayOf(y, m, d);
  if (epochDay === undefined || h > 23 || min > 59 || s > 59) return undefined;
  const offsetMinutes = zone === undefined ? undefined : zoneMinutes(zone);
  if (zone !== undefined && offsetMinutes === undefined) return undefined;
  const us = ((h * 60 + min) * 60 + s) * 1e6 + (fraction === '' ? 0 : Number(fraction.slice(0, 6).padEnd(6, '0')));
  return { day: epochDay, us, offsetMinutes, isCut: fraction.length > 6 && /[1-9]/.test(fraction.slice(6)) };
}

/** Days since 1970-01-01; undefined when there is no such day, also for NaN. */
export function dayOf(year: number, month: number, day: number): number | undefined {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) && year >= 0
    ? epochDayOf(year, month, day)
    : undefined;
}

/** The same moment by another clock: some minutes later (or earlier). */
export function shifted({ day, us }: Moment, minutes: number): Moment {
  const moved = us + minutes * 60e6;
  const days = Math.floor(moved / DAY_US);
  return { day: day + days, us: moved - days * DAY_US };
}

/** From microseconds since 1970-01-01 00:00. */
export function momentFromUs(epochUs: bigint): Moment {
  const us = epochUs % BigInt(DAY_US);
  const isBefore = us < 0n;
  const day = Number(epochUs / BigInt(DAY_US)) - (isBefore ? 1 : 0);
  return { day, us: Number(us) + (isBefore ? DAY_US : 0) };
}

/** Microseconds since 1970-01-01 00:00. */
export function usOf({ day, us }: Moment): bigint {
  return BigInt(day) * BigInt(DAY_US) + BigInt(us);
}

/** `2026-01-31`. Years beyond four digits have a sign (ISO 8601, expanded). */
export function isoDate(day: number): string {
  const { year, month, dayOfMonth } = civil(day);
  const text = year >= 0 && year <= 9999 ? String(year).padStart(4, '0') : expandedYear(year);
  return `${text}-${two(month)}-${two(dayOfMonth)}`;
}

/** `12:34:56`, `12:34:56.789`: the digits after the point that there are. */
export function isoTime(us: number): string {
  const seconds = Math.floor(us / 1e6);
  const rest = us - seconds * 1e6;
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return rest === 0 ? time : `${time}.${String(rest).padStart(6, '0').replace(/0+$/, '')}`;
}

function expandedYear(year: number): string {
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function zoneMinutes(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  const all = hours * 60 + (zone.length > 3 ? minutes : 0);
  if (hours > 18 || minutes > 59) return undefined;
  return zone.startsWith('-') ? -all : all;
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** Days since 1970-01-01 of a day of the proleptic Gregorian calendar; years are counted from March, 400 at a time. */
function epochDayOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civil(epochDay: number): { readonly year: number; readonly month: number; readonly dayOfMonth: number } {
  const z = epochDay + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    dayOfMonth: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}
