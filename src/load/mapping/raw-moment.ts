import { dayOf } from './moment.ts';

/** `2026-01-31`. */
export const DATE_BYTES = 10;
/** `2026-01-31T12:34:56`. */
const SECONDS_BYTES = 19;
const DASH = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const LETTER_T = 84;
const BLANK = 32;
const LETTER_Z = 90;

/** A date and time, read by its bytes. One is used again and again: it is overwritten by the next. */
export interface RawMoment {
  day: number;
  /** Microseconds of that day. */
  us: number;
  /** It ends with `Z`: no other zone is read. */
  isUtc: boolean;
  /** After its last digit that means something: zeros at the end of the fraction mean nothing. */
  end: number;
}

/** Days since 1970 of the date that stands there; NaN when none does. */
export function rawDay(bytes: Uint8Array, at: number): number {
  if (bytes[at + 4] !== DASH || bytes[at + 7] !== DASH) return NaN;
  const year = twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2);
  return dayOf(year, twoDigits(bytes, at + 5), twoDigits(bytes, at + 8)) ?? NaN;
}

/**
 * Reads the forms that most dumps have: ISO 8601, to the second or with up to six digits more, in UTC or without a zone, a
 * blank instead of the `T` too. False: one of the others, or none.
 */
export function readRawMoment(bytes: Uint8Array, start: number, end: number, moment: RawMoment): boolean {
  const separator = bytes[start + DATE_BYTES];
  if (end - start < SECONDS_BYTES || (separator !== LETTER_T && separator !== BLANK)) return false;
  if (bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return false;
  const hour = twoDigits(bytes, start + 11);
  const minute = twoDigits(bytes, start + 14);
  const second = twoDigits(bytes, start + 17);
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return false;
  const isUtc = bytes[end - 1] === LETTER_Z;
  const digitsEnd = isUtc ? end - 1 : end;
  let last = start + SECONDS_BYTES;
  let fraction = 0;
  if (digitsEnd > last) {
    if (bytes[last] !== POINT || digitsEnd === last + 1 || digitsEnd > last + 7) return false;
    let unit = 100_000;
    for (let at = last + 1; at < digitsEnd; at++, unit /= 10) {
      const digit = digitAt(bytes, at);
      fraction += digit * unit;
      if (digit !== 0) last = at + 1;
    }
  }
  moment.day = rawDay(bytes, start);
  moment.us = ((hour * 60 + minute) * 60 + second) * 1e6 + fraction;
  moment.isUtc = isUtc;
  moment.end = last;
  return !Number.isNaN(moment.day + moment.us);
}

function twoDigits(bytes: Uint8Array, at: number): number {
  return digitAt(bytes, at) * 10 + digitAt(bytes, at + 1);
}

/** NaN for what is no digit, which all that is worked out with it then is. */
function digitAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0;
  return byte >= ZERO && byte <= NINE ? byte - ZERO : NaN;
}
