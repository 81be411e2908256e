// Canonical lines (docs/format.md) -> records of a batch (record batch v2, not compressed). Callers keep 64 readable
// bytes behind the lines, of which each must end with a line feed.
import { closedAt, isUtf8, noRoom, OUTPUT_SLACK, sawNonAscii, unbase64, unescape } from './text';
import { readTime, timeRead } from './time';

/** All lines are read. */
const DONE: i32 = 0;
/** The batch has reached its limits: the next line is for the next one. */
const BATCH_FULL: i32 = 1;
/** The next record, the batch's first, does not fit into the output area. */
const NO_ROOM: i32 = 2;
/** The next line is not canonical: JavaScript has to look at it. */
const FOREIGN: i32 = 3;
/** The next line's offset is not greater than the one's before it. */
const DISORDER: i32 = 4;

const OPEN: usize = memory.data<u8>([123, 34, 116, 105, 109, 101, 115, 116, 97, 109, 112, 34, 58, 34, 0, 0]);
const PARTITION: usize = memory.data<u8>([90, 34, 44, 34, 112, 97, 114, 116, 105, 116, 105, 111, 110, 34, 58, 0]);
const OFFSET: usize = memory.data<u8>([44, 34, 111, 102, 102, 115, 101, 116, 34, 58, 0, 0, 0, 0, 0, 0]);
const KEY: usize = memory.data<u8>([44, 34, 107, 101, 121, 34, 58, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const PAYLOAD: usize = memory.data<u8>([44, 34, 112, 97, 121, 108, 111, 97, 100, 34, 58, 0, 0, 0, 0, 0]);
const HEADERS: usize = memory.data<u8>([44, 34, 104, 101, 97, 100, 101, 114, 115, 34, 58, 91, 0, 0, 0, 0]);
// ,"keyEncoding":"  and  base64"
const KEY_ENCODING: usize = memory.data<u8>([44, 34, 107, 101, 121, 69, 110, 99, 111, 100, 105, 110, 103, 34, 58, 34]);
const BASE64: usize = memory.data<u8>([98, 97, 115, 101, 54, 52, 34, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
// ,"payloadEncoding" and then  ":"base64"
const PAYLOAD_ENCODING: usize = memory.data<u8>([
  44, 34, 112, 97, 121, 108, 111, 97, 100, 69, 110, 99, 111, 100, 105, 110,
]);
const PAYLOAD_BASE64: usize = memory.data<u8>([103, 34, 58, 34, 98, 97, 115, 101, 54, 52, 34, 0, 0, 0, 0, 0]);
// ,"timestampType":"LogAppendTime"
const LOG_APPEND: usize = memory.data<u8>([
  44, 34, 116, 105, 109, 101, 115, 116, 97, 109, 112, 84, 121, 112, 101, 34, 58, 34, 76, 111, 103, 65, 112, 112, 101, 110,
  100, 84, 105, 109, 101, 34,
]);
const BASE64_ITEM: usize = memory.data<u8>([44, 34, 98, 97, 115, 101, 54, 52, 34, 0, 0, 0, 0, 0, 0, 0]);
const UTF8_ITEM: usize = memory.data<u8>([44, 34, 117, 116, 102, 56, 34, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const NULL: u32 = 0x6c6c756e;
/** Shorter than the shortest line. */
const LINE_BYTES_MIN: usize = 70;
const OFFSET_DIGITS_MAX: i32 = 19;

// Records wanted.
let rangeStart: i64 = 0;
let rangeEnd: i64 = 0;
let timeStart: i64 = 0;
let timeEnd: i64 = 0;
let previousOffset: i64 = -1;
let linesRead: i32 = 0;

// The batch.
let batchCount: i32 = 0;
let batchFirst: i64 = 0;
let batchLast: i64 = 0;
let batchBase: i64 = 0;
let batchMin: i64 = 0;
let batchMax: i64 = 0;

let cursor: usize = 0;
let output: usize = 0;

// Widths that the last record's numbers had: the next one's are probably the same.
let keyWidth: usize = 1;
let valueWidth: usize = 1;
let recordWidth: usize = 1;
// Whether the last line's key and payload were base64: one learns it only at the end of the line.
let keyBase64: bool = false;
let payloadBase64: bool = false;

export function decodeCursor(): usize { return cursor; }
export function decodeOutput(): usize { return output; }
export function decodeLines(): i32 { return linesRead; }
export function decodeCount(): i32 { return batchCount; }
export function decodeFirst(): i64 { return batchFirst; }
export function decodeLast(): i64 { return batchLast; }
export function decodeBase(): i64 { return batchBase; }
export function decodeMin(): i64 { return batchMin; }
export function decodeMax(): i64 { return batchMax; }
export function decodePrevious(): i64 { return previousOffset; }

/** Starts a segment: of its records those are wanted that lie in both ranges. */
export function openDecoder(from: i64, to: i64, timeFrom: i64, timeTo: i64): void {
  rangeStart = from;
  rangeEnd = to;
  timeStart = timeFrom;
  timeEnd = timeTo;
  previousOffset = -1;
  linesRead = 0;
}

/** Starts a batch. */
export function resetBatch(): void {
  batchCount = 0;
}

/** Whether a record is wanted; counts its line. */
function wanted(offset: i64, timestamp: i64): bool {
  return offset >= rangeStart && offset < rangeEnd && timestamp >= timeStart && timestamp < timeEnd;
}

/** Takes note of a line that JavaScript has read: 0 when its record is not wanted, 1 when it is, 2 on disorder. */
export function noteLine(offset: i64, timestamp: i64): i32 {
  if (offset <= previousOffset) return 2;
  return wanted(offset, timestamp) ? 1 : 0;
}

/** Counts a line that JavaScript is done with. */
export function countLine(offset: i64): void {
  previousOffset = offset;
  linesRead++;
}

/** Counts a record that JavaScript has written into the batch. */
export function countRecord(offset: i64, timestamp: i64): void {
  if (batchCount++ == 0) {
    batchFirst = offset;
    batchBase = timestamp;
    batchMin = timestamp;
    batchMax = timestamp;
  } else {
    batchMin = min(batchMin, timestamp);
    batchMax = max(batchMax, timestamp);
  }
  batchLast = offset;
}

/**
 * Reads lines from `at` to `end`, writes their records from `out` on. The batch, which started at `batchStart`, ends
 * before it is longer than `sizeMax` or has `countMax` records; a larger record is a batch of its own. `outEnd` is where
 * the output area ends.
 */
export function decode(
  at: usize, end: usize, batchStart: usize, out: usize, outEnd: usize, sizeMax: usize, countMax: i32,
): i32 {
  const limit = outEnd - OUTPUT_SLACK;
  cursor = at;
  output = out;
  while (cursor < end) {
    if (batchCount >= countMax) return BATCH_FULL;
    if (end - cursor < LINE_BYTES_MIN) return FOREIGN;
    const line = cursor;
    let status = readLine(line, end, limit);
    // Once for each of the two fields that were guessed wrong.
    if (status == RETRY) status = readLine(line, end, limit);
    if (status == RETRY) status = readLine(line, end, limit);
    if (status != DONE) {
      cursor = line;
      if (status == NO_ROOM && batchCount > 0) return BATCH_FULL;
      return status == RETRY ? FOREIGN : status;
    }
    if (lineOffset <= previousOffset) {
      cursor = line;
      return DISORDER;
    }
    if (wanted(lineOffset, lineTimestamp)) {
      if (batchCount > 0 && recordEnd - batchStart > sizeMax) {
        cursor = line;
        return BATCH_FULL;
      }
      countRecord(lineOffset, lineTimestamp);
      output = recordEnd;
    }
    previousOffset = lineOffset;
    linesRead++;
    cursor = lineEnd;
  }
  return DONE;
}

/** The line's encodings are not what was expected: now they are. */
const RETRY: i32 = 5;

// What `readLine` found.
let lineOffset: i64 = 0;
let lineTimestamp: i64 = 0;
let lineEnd: usize = 0;
let recordEnd: usize = 0;

// True when the next n bytes (up to 16) are those of the text.
// @ts-ignore
@inline
function matches(at: usize, text: usize, n: i32): bool {
  const mask = n == 16 ? 0xffff : (1 << n) - 1;
  return (i8x16.bitmask(i8x16.eq(v128.load(at), v128.load(text))) & mask) == mask;
}

// @ts-ignore
@inline
function digit(at: usize): u32 {
  return (load<u8>(at) as u32) - 48;
}

// @ts-ignore
@inline
function widthOf(value: i64): usize {
  const zigzag = ((value << 1) ^ (value >> 63)) as u64;
  return zigzag < 128 ? 1 : zigzag < 16384 ? 2 : ((70 - (clz(zigzag) as usize)) / 7);
}

// @ts-ignore
@inline
function putVarint(o: usize, value: i64): usize {
  let zigzag = ((value << 1) ^ (value >> 63)) as u64;
  while (zigzag >= 128) {
    store<u8>(o++, (zigzag as u8) | 128);
    zigzag >>= 7;
  }
  store<u8>(o, zigzag as u8);
  return o + 1;
}

// Makes room for a number of another width than was expected before the bytes start..end; returns their new end.
function shift(start: usize, end: usize, expected: usize, width: usize): usize {
  memory.copy(start + width - expected, start, end - start);
  return end + width - expected;
}

let fieldStatus: i32 = 0;
let fieldLength: i64 = 0;

// Reads a field's string, whose quote is open at s - 1, and writes length and bytes; returns the output's end, or 0 and
// a `fieldStatus`. `closedAt` is behind its closing quote.
// @ts-ignore
@inline
function putField(s: usize, end: usize, o: usize, limit: usize, width: usize, asBase64: bool): usize {
  const start = o + width;
  let e = asBase64 ? unbase64(s, end, start, limit) : unescape(s, end, start, limit);
  if (e == 0) {
    fieldStatus = noRoom ? NO_ROOM : FOREIGN;
    return 0;
  }
  if (!asBase64 && sawNonAscii && !isUtf8(start, e)) {
    fieldStatus = FOREIGN;
    return 0;
  }
  fieldLength = (e - start) as i64;
  const real = widthOf(fieldLength);
  if (real != width) e = shift(start, e, width, real);
  putVarint(o, fieldLength);
  return e;
}

// Reads one line and writes its record from `output` on.
function readLine(p: usize, end: usize, limit: usize): i32 {
  if (output > limit) return NO_ROOM;
  if (!matches(p, OPEN, 14) || !readTime(p + 14) || !matches(p + 37, PARTITION, 15)) return FOREIGN;
  lineTimestamp = timeRead;
  let s = p + 52;
  if (!readNumber(s, 10)) return FOREIGN;
  s = numberEnd;
  if (!matches(s, OFFSET, 10) || !readNumber(s + 10, OFFSET_DIGITS_MAX)) return FOREIGN;
  lineOffset = number as i64;
  s = numberEnd;
  if (!matches(s, KEY, 7)) return FOREIGN;
  s += 7;

  const body = output + recordWidth;
  let o = body;
  store<u8>(o++, 0);
  o = putVarint(o, batchCount == 0 ? 0 : lineTimestamp - batchBase);
  o = putVarint(o, batchCount);
  if (load<u8>(s) == 34) {
    o = putField(s + 1, end, o, limit, keyWidth, keyBase64);
    if (o == 0) return keyBase64 ? expectEncodings(false, payloadBase64) : fieldStatus;
    keyWidth = widthOf(fieldLength);
    s = closedAt;
  } else {
    if (load<u32>(s) != NULL) return FOREIGN;
    store<u8>(o++, 1);
    s += 4;
  }
  if (!matches(s, PAYLOAD, 11)) return FOREIGN;
  s += 11;
  if (load<u8>(s) == 34) {
    o = putField(s + 1, end, o, limit, valueWidth, payloadBase64);
    if (o == 0) return payloadBase64 ? expectEncodings(keyBase64, false) : fieldStatus;
    valueWidth = widthOf(fieldLength);
    s = closedAt;
  } else {
    if (load<u32>(s) != NULL) return FOREIGN;
    store<u8>(o++, 1);
    s += 4;
  }
  if (load<u16>(s) == 0x0a7d && !keyBase64 && !payloadBase64) {
    if (o > limit) return NO_ROOM;
    store<u8>(o++, 0);
    lineEnd = s + 2;
  } else {
    const status = readExtras(s, end, o, limit);
    if (status != DONE) return status;
    o = extrasEnd;
  }
  if (lineEnd > end) return FOREIGN;
  const length = (o - body) as i64;
  const width = widthOf(length);
  if (width != recordWidth) {
    if (o > limit) return NO_ROOM;
    o = shift(body, o, recordWidth, width);
    recordWidth = width;
  }
  putVarint(output, length);
  recordEnd = o;
  return DONE;
}

// A line that failed with encodings that were only guessed is read again with others.
function expectEncodings(key: bool, payload: bool): i32 {
  if (noRoom) return NO_ROOM;
  keyBase64 = key;
  payloadBase64 = payload;
  return RETRY;
}

let extrasEnd: usize = 0;

// What may stand between payload and the line's end; writes the headers.
function readExtras(s: usize, end: usize, o: usize, limit: usize): i32 {
  if (o > limit) return NO_ROOM;
  if (matches(s, HEADERS, 12)) {
    const status = readHeaders(s + 12, end, o, limit);
    if (status != DONE) return status;
    s = headersClosedAt;
    o = headersEnd;
  } else {
    store<u8>(o++, 0);
  }
  let key = false;
  let payload = false;
  if (matches(s, KEY_ENCODING, 16) && matches(s + 16, BASE64, 7)) {
    key = true;
    s += 23;
  }
  if (matches(s, PAYLOAD_ENCODING, 16) && matches(s + 16, PAYLOAD_BASE64, 11)) {
    payload = true;
    s += 27;
  }
  if (matches(s, LOG_APPEND, 16) && matches(s + 16, LOG_APPEND + 16, 16)) s += 32;
  if (load<u16>(s) != 0x0a7d) return FOREIGN;
  lineEnd = s + 2;
  extrasEnd = o;
  if (key == keyBase64 && payload == payloadBase64) return DONE;
  noRoom = false;
  return expectEncodings(key, payload);
}

let headersClosedAt: usize = 0;
let headersEnd: usize = 0;
let itemValueBase64: bool = false;
let itemNameBase64: bool = false;

// Behind `[`: entries up to `]`. Writes their count and them.
function readHeaders(s: usize, end: usize, o: usize, limit: usize): i32 {
  const start = o + 1;
  let count: i64 = 0;
  let at = start;
  for (;;) {
    itemNameBase64 = false;
    itemValueBase64 = false;
    let status = readHeader(s, end, at, limit);
    if (status == RETRY) status = readHeader(s, end, at, limit);
    if (status != DONE) return status == RETRY ? FOREIGN : status;
    at = headersEnd;
    s = headersClosedAt;
    count++;
    if (at > limit) return NO_ROOM;
    if (load<u8>(s) == 44) s++;
    else break;
  }
  if (load<u8>(s) != 93) return FOREIGN;
  const width = widthOf(count);
  if (width != 1) at = shift(start, at, 1, width);
  putVarint(o, count);
  headersClosedAt = s + 1;
  headersEnd = at;
  return DONE;
}

// One entry: ["name","value"] and the encodings that are not UTF-8.
function readHeader(s: usize, end: usize, o: usize, limit: usize): i32 {
  if (s >= end || load<u16>(s) != 0x225b) return FOREIGN;
  o = putField(s + 2, end, o, limit, 1, itemNameBase64);
  if (o == 0) return fieldStatus;
  s = closedAt;
  if (s >= end || load<u8>(s) != 44) return FOREIGN;
  s++;
  if (load<u8>(s) == 34) {
    o = putField(s + 1, end, o, limit, 1, itemValueBase64);
    if (o == 0) return fieldStatus;
    s = closedAt;
  } else {
    if (load<u32>(s) != NULL || itemValueBase64) return FOREIGN;
    store<u8>(o++, 1);
    s += 4;
  }
  let value = false;
  let name = false;
  if (matches(s, BASE64_ITEM, 9)) {
    value = true;
    s += 9;
    if (matches(s, BASE64_ITEM, 9)) {
      name = true;
      s += 9;
    }
  } else if (matches(s, UTF8_ITEM, 7) && matches(s + 7, BASE64_ITEM, 9)) {
    name = true;
    s += 16;
  }
  if (load<u8>(s) != 93) return FOREIGN;
  headersClosedAt = s + 1;
  headersEnd = o;
  if (value == itemValueBase64 && name == itemNameBase64) return DONE;
  itemValueBase64 = value;
  itemNameBase64 = name;
  return RETRY;
}

let number: u64 = 0;
let numberEnd: usize = 0;

// A decimal number without leading zeros, of at most so many digits; 19 of them must be below 2^63.
// @ts-ignore
@inline
function readNumber(s: usize, digitsMax: i32): bool {
  let value: u64 = digit(s);
  if (value > 9) return false;
  if (value == 0) {
    number = 0;
    numberEnd = s + 1;
    return true;
  }
  let digits = 1;
  for (;;) {
    const next = digit(s + digits);
    if (next > 9) break;
    if (++digits > digitsMax) return false;
    value = value * 10 + next;
  }
  number = value;
  numberEnd = s + digits;
  return (value as i64) >= 0;
}
