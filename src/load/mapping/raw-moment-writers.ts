import type { ByteSink } from '../json/byte-sink.ts';
import { RAW } from '../row/raw-rows.ts';
import type { ColumnMapping } from './load-mapping.ts';
import { DAY_US } from './moment.ts';
import { DATE_BYTES, rawDay, type RawMoment, readRawMoment } from './raw-moment.ts';
import type { RawWriter } from './raw-writer.ts';

const QUOTE = 34;
const LETTER_T = 84;
const LETTER_Z = 90;

/** Dates of ISO 8601. See `RawWriter`. */
export function rawDateWriter({ as, pattern }: ColumnMapping): RawWriter | undefined {
  if (pattern !== undefined) return undefined;
  return ({ bytes, fields }, at, out) => {
    const start = fields[at + 1] ?? 0;
    const end = fields[at + 2] ?? 0;
    if (fields[at] !== RAW.text || end - start !== DATE_BYTES) return false;
    const day = rawDay(bytes, start);
    if (Number.isNaN(day)) return false;
    if (as === 'epoch-days') out.text(String(day));
    else out.quoted(bytes, start, end);
    return true;
  };
}

/** Dates and times of ISO 8601: in UTC for a `timestamptz`, without a zone for a `timestamp`. */
export function rawMomentWriter({ as = 'iso', pattern, type, lossy }: ColumnMapping): RawWriter | undefined {
  if (pattern !== undefined || as === 'nanos') return undefined;
  const isInUtc = type === 'timestamptz';
  const moment: RawMoment = { day: 0, us: 0, isUtc: false, end: 0 };
  return ({ bytes, fields }, at, out) => {
    const start = fields[at + 1] ?? 0;
    if (fields[at] !== RAW.text || !readRawMoment(bytes, start, fields[at + 2] ?? 0, moment)) return false;
    if (moment.isUtc !== isInUtc) return false;
    if (as !== 'iso') return writeSinceEpoch(moment, as === 'millis', lossy, out);
    out.bytes[out.at++] = QUOTE;
    out.copy(bytes, start, start + DATE_BYTES);
    out.bytes[out.at++] = LETTER_T;
    out.copy(bytes, start + DATE_BYTES + 1, moment.end);
    if (isInUtc) out.bytes[out.at++] = LETTER_Z;
    out.bytes[out.at++] = QUOTE;
    return true;
  };
}

function writeSinceEpoch({ day, us }: RawMoment, isMillis: boolean, lossy: boolean, out: ByteSink): boolean {
  if (isMillis && us % 1000 !== 0 && !lossy) return false;
  const value = isMillis ? day * (DAY_US / 1000) + Math.floor(us / 1000) : day * DAY_US + us;
  if (!Number.isSafeInteger(value)) return false;
  out.text(String(value));
  return true;
}
