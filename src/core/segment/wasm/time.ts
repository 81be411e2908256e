// Times: milliseconds since 1970 <-> YYYY-MM-DDTHH:MM:SS.mmmZ. Records follow one another closely, so the second that was
// written or read last is kept.
import { twoDigits } from './text';

/** The second that was written last, as text, and its first millisecond. */
const WRITTEN: usize = memory.data(32, 16);
let writtenStart: i64 = i64.MIN_VALUE;

/** Writes the 24 characters of a time in the years 0000-9999; returns the output's end. */
// @ts-ignore
@inline
export function putTime(o: usize, timestamp: i64): usize {
  if (((timestamp - writtenStart) as u64) >= 1000) setSecond(timestamp);
  const ms = (timestamp - writtenStart) as u32;
  v128.store(o, v128.load(WRITTEN));
  store<u32>(o + 16, load<u32>(WRITTEN + 16));
  store<u8>(o + 20, 48 + ((ms / 100) as u8));
  twoDigits(o + 21, ms % 100);
  store<u8>(o + 23, 90);
  return o + 24;
}

// Date from days: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
function setSecond(timestamp: i64): void {
  let seconds = timestamp / 1000;
  if (seconds * 1000 > timestamp) seconds--;
  writtenStart = seconds * 1000;
  let days = seconds / 86400;
  if (days * 86400 > seconds) days--;
  const rest = (seconds - days * 86400) as u32;
  const shifted = days + 719468;
  const era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const dayOfEra = (shifted - era * 146097) as u32;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const shiftedMonth = (5 * dayOfYear + 2) / 153;
  const day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = ((yearOfEra as i64) + era * 400 + (month <= 2 ? 1 : 0)) as u32;
  twoDigits(WRITTEN, year / 100);
  twoDigits(WRITTEN + 2, year % 100);
  store<u8>(WRITTEN + 4, 45);
  twoDigits(WRITTEN + 5, month);
  store<u8>(WRITTEN + 7, 45);
  twoDigits(WRITTEN + 8, day);
  store<u8>(WRITTEN + 10, 84);
  twoDigits(WRITTEN + 11, rest / 3600);
  store<u8>(WRITTEN + 13, 58);
  twoDigits(WRITTEN + 14, (rest / 60) % 60);
  store<u8>(WRITTEN + 16, 58);
  twoDigits(WRITTEN + 17, rest % 60);
  store<u8>(WRITTEN + 19, 46);
}

/** The first 20 characters of a time (to the point behind the seconds) and what they mean. */
const READ: usize = memory.data(32, 16);
let readStart: i64 = 0;

/** Set by `readTime`. */
export let timeRead: i64 = 0;

/** Reads the first 23 characters of a time; false when they are none. */
// @ts-ignore
@inline
export function readTime(s: usize): bool {
  const same =
    !v128.any_true(v128.xor(v128.load(s), v128.load(READ))) && load<u32>(s + 16) == load<u32>(READ + 16);
  if (!same && !readSecond(s)) return false;
  const a = digit(s + 20);
  const b = digit(s + 21);
  const c = digit(s + 22);
  if (a > 9 || b > 9 || c > 9) return false;
  timeRead = readStart + ((a * 100 + b * 10 + c) as i64);
  return true;
}

// @ts-ignore
@inline
function pair(s: usize): u32 {
  const high = digit(s);
  const low = digit(s + 1);
  return high > 9 || low > 9 ? 1000 : high * 10 + low;
}

// Days from the date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
function readSecond(s: usize): bool {
  const century = pair(s);
  const yearOfCentury = pair(s + 2);
  const month = pair(s + 5);
  const day = pair(s + 8);
  const hour = pair(s + 11);
  const minute = pair(s + 14);
  const second = pair(s + 17);
  if (load<u8>(s + 4) != 45 || load<u8>(s + 7) != 45 || load<u8>(s + 10) != 84) return false;
  if (load<u8>(s + 13) != 58 || load<u8>(s + 16) != 58 || load<u8>(s + 19) != 46) return false;
  if (century > 99 || yearOfCentury > 99 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  const year = (century * 100 + yearOfCentury) as i32;
  if (day < 1 || day > daysIn(month, year)) return false;
  const shifted = month <= 2 ? year - 1 : year;
  const era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const yearOfEra = shifted - era * 400;
  const dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + (dayOfYear as i32);
  const days = (era as i64) * 146097 + (dayOfEra as i64) - 719468;
  readStart = (days * 86400 + ((hour * 3600 + minute * 60 + second) as i64)) * 1000;
  v128.store(READ, v128.load(s));
  store<u32>(READ + 16, load<u32>(s + 16));
  return true;
}

function daysIn(month: u32, year: i32): u32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// @ts-ignore
@inline
function digit(at: usize): u32 {
  return (load<u8>(at) as u32) - 48;
}
