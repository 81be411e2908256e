// Records of a batch (record batch v2, decompressed) -> lines. Callers keep 64 readable bytes behind the body.
import { base64, decimal, escape, isUtf8, OUTPUT_SLACK, sawNonAscii, twoDigits } from './text';
import { putTime } from './time';

/** All records of the batch in the range are written. */
const DONE: i32 = 0;
/** The output reached the wanted size. */
const FULL: i32 = 1;
/** The next record does not fit into what is left of the output area. */
const NO_ROOM: i32 = 2;
/** The list of gaps is full. */
const GAPS_FULL: i32 = 3;
/** The records break the format: see `encodeErrorAt`. */
const CORRUPT: i32 = 4;

const TIMESTAMP_MIN: i64 = -62167219200000;
const TIMESTAMP_MAX: i64 = 253402300799999;
const GAPS_MAX: i32 = 1024;

const NULL: u32 = 0x6c6c756e;

const OPEN: usize = memory.data<u8>([123, 34, 116, 105, 109, 101, 115, 116, 97, 109, 112, 34, 58, 34, 0, 0]);
const PARTITION: usize = memory.data<u8>([34, 44, 34, 112, 97, 114, 116, 105, 116, 105, 111, 110, 34, 58, 0, 0]);
const OFFSET: usize = memory.data<u8>([44, 34, 111, 102, 102, 115, 101, 116, 34, 58, 0, 0, 0, 0, 0, 0]);
const KEY: usize = memory.data<u8>([44, 34, 107, 101, 121, 34, 58, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const PAYLOAD: usize = memory.data<u8>([44, 34, 112, 97, 121, 108, 111, 97, 100, 34, 58, 0, 0, 0, 0, 0]);
const HEADERS: usize = memory.data<u8>([44, 34, 104, 101, 97, 100, 101, 114, 115, 34, 58, 91, 0, 0, 0, 0]);
// ,"keyEncoding":"base64"  and from the fifth byte of the other on:  ,"payload + Encoding":"base64"
const KEY_ENCODING: usize = memory.data<u8>([44, 34, 107, 101, 121, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const PAYLOAD_ENCODING: usize = memory.data<u8>([44, 34, 112, 97, 121, 108, 111, 97, 100, 0, 0, 0, 0, 0, 0, 0]);
const ENCODING: usize = memory.data<u8>([
  69, 110, 99, 111, 100, 105, 110, 103, 34, 58, 34, 98, 97, 115, 101, 54, 52, 34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);
// ,"timestampType":"LogAppendTime"
const LOG_APPEND: usize = memory.data<u8>([
  44, 34, 116, 105, 109, 101, 115, 116, 97, 109, 112, 84, 121, 112, 101, 34, 58, 34, 76, 111, 103, 65, 112, 112, 101, 110,
  100, 84, 105, 109, 101, 34,
]);
const TIMESTAMP_MS: usize = memory.data<u8>([44, 34, 116, 105, 109, 101, 115, 116, 97, 109, 112, 77, 115, 34, 58, 34]);
const BASE64_ITEM: usize = memory.data<u8>([44, 34, 98, 97, 115, 101, 54, 52, 34, 0, 0, 0, 0, 0, 0, 0]);
const UTF8_ITEM: usize = memory.data<u8>([44, 34, 117, 116, 102, 56, 34, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** `","partition":N,"offset":` and, behind it, the offset's digits but the last four. */
const MIDDLE: usize = memory.data(96, 16);
let partitionEnd: usize = 0;
let middleLength: usize = 0;
let highBase: i64 = -1;

/** Pairs of i64: start and end of ranges without a record. */
const GAPS: usize = memory.data(GAPS_MAX * 16, 16);

// The batch.
let cursor: usize = 0;
let bodyStart: usize = 0;
let bodyEnd: usize = 0;
let recordsLeft: i32 = 0;
let baseOffset: i64 = 0;
let lastOffset: i64 = 0;
let previousOffset: i64 = 0;
let baseTimestamp: i64 = 0;
let logAppend: bool = false;
let logAppendTimestamp: i64 = 0;

// The range wanted, and how far it is seen.
let expected: i64 = 0;
let rangeEnd: i64 = 0;
let gapCount: i32 = 0;

// What was written since `resetFrame`.
let output: usize = 0;
let frameRecords: i32 = 0;
let frameFirst: i64 = 0;
let frameLast: i64 = 0;
let frameMin: i64 = 0;
let frameMax: i64 = 0;

export function gapsAt(): usize { return GAPS; }
export function encodeOutput(): usize { return output; }
export function encodeExpected(): i64 { return expected; }
export function encodeErrorAt(): usize { return cursor - bodyStart; }
export function encodeRecords(): i32 { return frameRecords; }
export function encodeFirst(): i64 { return frameFirst; }
export function encodeLast(): i64 { return frameLast; }
export function encodeMin(): i64 { return frameMin; }
export function encodeMax(): i64 { return frameMax; }

/** The number of gaps in the list, which is empty afterwards. */
export function takeGaps(): i32 {
  const count = gapCount;
  gapCount = 0;
  return count;
}

export function resetFrame(): void {
  frameRecords = 0;
}

/** Which partition the lines are of. */
export function openEncoder(partition: u32): void {
  v128.store(MIDDLE, v128.load(PARTITION));
  const at = decimal(MIDDLE + 14, partition);
  v128.store(at, v128.load(OFFSET));
  partitionEnd = at + 10;
  middleLength = partitionEnd - MIDDLE;
  highBase = -1;
  frameRecords = 0;
  gapCount = 0;
}

/** Takes a batch's records up next; of them those with offsets in from..to are wanted. */
export function openBatch(
  body: usize, end: usize, count: i32, base: i64, last: i64, timestamp: i64, appendTime: i32, from: i64, to: i64,
): void {
  cursor = body;
  bodyStart = body;
  bodyEnd = end;
  recordsLeft = count;
  baseOffset = base;
  lastOffset = last;
  previousOffset = base - 1;
  baseTimestamp = timestamp;
  logAppend = appendTime != 0;
  logAppendTimestamp = timestamp;
  expected = from;
  rangeEnd = to;
}

let varint: i64 = 0;

// Reads a zigzag varint into `varint`; false when it is longer than 64 bits. May read past the end: callers compare.
// @ts-ignore
@inline
function readVarint(): bool {
  const first: u64 = load<u8>(cursor++);
  if (first < 128) {
    varint = ((first >> 1) as i64) ^ -((first & 1) as i64);
    return true;
  }
  return readLongVarint(first);
}

function readLongVarint(first: u64): bool {
  let bits = first & 127;
  for (let shift: u64 = 7; shift < 70; shift += 7) {
    const byte: u64 = load<u8>(cursor++);
    bits |= (byte & 127) << shift;
    if (byte < 128) {
      varint = ((bits >> 1) as i64) ^ -((bits & 1) as i64);
      return true;
    }
  }
  return false;
}

// @ts-ignore
@inline
function readInt32(): bool {
  return readVarint() && varint == (varint as i32 as i64);
}

/**
 * Writes lines from `out` on until `wanted` is reached or the batch is done; `end` is where the output area ends.
 * What a record left unwritten takes is untouched: call again.
 */
export function encode(out: usize, wanted: usize, end: usize): i32 {
  const limit = end - OUTPUT_SLACK;
  output = out;
  while (recordsLeft > 0) {
    if (output >= wanted) return FULL;
    if (gapCount == GAPS_MAX) return GAPS_FULL;
    const start = cursor;
    if (!readInt32()) return CORRUPT;
    if (cursor > bodyEnd || varint < 0 || varint > ((bodyEnd - cursor) as i64)) return CORRUPT;
    const recordEnd = cursor + (varint as usize);
    cursor++;
    if (!readVarint()) return CORRUPT;
    const timestamp = logAppend ? logAppendTimestamp : baseTimestamp + varint;
    if (!readInt32() || cursor > recordEnd) return CORRUPT;
    const offset = baseOffset + varint;
    if (offset <= previousOffset || offset > lastOffset) return CORRUPT;
    if (offset >= rangeEnd) break;
    if (offset < expected) {
      cursor = recordEnd;
    } else {
      const status = encodeRecord(timestamp, offset, recordEnd, limit);
      if (status == NO_ROOM) cursor = start;
      if (status != DONE) return status;
    }
    previousOffset = offset;
    recordsLeft--;
  }
  if (recordsLeft == 0 && cursor != bodyEnd) return CORRUPT;
  recordsLeft = 0;
  return DONE;
}

let isBase64: bool = false;

// Writes the bytes of a field as a JSON string; 0 when there is no room. Sets `isBase64`.
// @ts-ignore
@inline
function putString(start: usize, end: usize, o: usize, limit: usize): usize {
  isBase64 = false;
  store<u8>(o, 34);
  let at = escape(start, end, o + 1, limit);
  if (at == 0) return 0;
  if (sawNonAscii && !isUtf8(start, end)) {
    isBase64 = true;
    at = base64(start, end, o + 1, limit);
    if (at == 0) return 0;
  }
  store<u8>(at, 34);
  return at + 1;
}

// @ts-ignore
@inline
function put(o: usize, text: usize, length: usize): usize {
  v128.store(o, v128.load(text));
  return o + length;
}

// @ts-ignore
@inline
function putMiddle(o: usize, skip: usize): usize {
  v128.store(o, v128.load(MIDDLE + skip));
  v128.store(o + 16, v128.load(MIDDLE + skip + 16));
  v128.store(o + 32, v128.load(MIDDLE + skip + 32));
  if (middleLength > 48) v128.store(o + 48, v128.load(MIDDLE + skip + 48));
  return o + middleLength - skip;
}

// The digits of an offset of 10,000 or more: the high ones are kept from record to record.
// @ts-ignore
@inline
function setHigh(offset: i64): void {
  if (highBase >= 0 && ((offset - highBase) as u64) < 10000) return;
  const high = offset / 10000;
  middleLength = (high == 0 ? partitionEnd : decimal(partitionEnd, high)) - MIDDLE;
  highBase = high * 10000;
}

// @ts-ignore
@inline
function putOffset(o: usize, offset: i64): usize {
  if (highBase == 0) return decimal(o, offset);
  const low = (offset - highBase) as u32;
  const pair = low / 100;
  twoDigits(o, pair);
  twoDigits(o + 2, low - pair * 100);
  return o + 4;
}

// The record's key is at the cursor. On DONE the line is written and the cursor stands at the record's end.
function encodeRecord(timestamp: i64, offset: i64, recordEnd: usize, limit: usize): i32 {
  let o = output;
  if (o > limit) return NO_ROOM;
  setHigh(offset);
  const dated = timestamp >= TIMESTAMP_MIN && timestamp <= TIMESTAMP_MAX;
  o = put(o, OPEN, 14);
  if (dated) {
    o = putMiddle(putTime(o, timestamp), 0);
  } else {
    store<u32>(o - 1, NULL);
    o = putMiddle(o + 3, 1);
  }
  o = putOffset(o, offset);
  o = put(o, KEY, 7);
  let keyBase64 = false;
  if (!readInt32() || varint > ((recordEnd - cursor) as i64) || cursor > recordEnd) return CORRUPT;
  if (varint < 0) {
    store<u32>(o, NULL);
    o += 4;
  } else {
    const end = cursor + (varint as usize);
    o = putString(cursor, end, o, limit);
    if (o == 0) return NO_ROOM;
    keyBase64 = isBase64;
    cursor = end;
  }
  o = put(o, PAYLOAD, 11);
  let payloadBase64 = false;
  if (!readInt32() || cursor > recordEnd || varint > ((recordEnd - cursor) as i64)) return CORRUPT;
  if (varint < 0) {
    store<u32>(o, NULL);
    o += 4;
  } else {
    const end = cursor + (varint as usize);
    o = putString(cursor, end, o, limit);
    if (o == 0) return NO_ROOM;
    payloadBase64 = isBase64;
    cursor = end;
  }
  if (!readInt32() || cursor > recordEnd || varint < 0) return CORRUPT;
  if (varint > 0) {
    const status = putHeaders(varint as i32, o, recordEnd, limit);
    if (status != DONE) return status;
    o = headersEnd;
  }
  if (cursor != recordEnd) return CORRUPT;
  if (o > limit) return NO_ROOM;
  if (keyBase64 || payloadBase64 || logAppend || !dated) {
    if (keyBase64) o = putEncoding(put(o, KEY_ENCODING, 5));
    if (payloadBase64) o = putEncoding(put(o, PAYLOAD_ENCODING, 9));
    if (o > limit) return NO_ROOM;
    if (logAppend) {
      v128.store(o, v128.load(LOG_APPEND));
      v128.store(o + 16, v128.load(LOG_APPEND + 16));
      o += 32;
    }
    if (!dated) o = putTimestampMs(o, timestamp);
  }
  store<u16>(o, 0x0a7d);
  output = o + 2;
  countRecord(offset, timestamp);
  return DONE;
}

// @ts-ignore
@inline
function countRecord(offset: i64, timestamp: i64): void {
  if (offset != expected) {
    store<i64>(GAPS + ((gapCount as usize) << 4), expected);
    store<i64>(GAPS + ((gapCount as usize) << 4) + 8, offset);
    gapCount++;
  }
  expected = offset + 1;
  if (frameRecords++ == 0) {
    frameFirst = offset;
    frameMin = timestamp;
    frameMax = timestamp;
  } else {
    frameMin = min(frameMin, timestamp);
    frameMax = max(frameMax, timestamp);
  }
  frameLast = offset;
}

// Encoding":"base64"
function putEncoding(o: usize): usize {
  v128.store(o, v128.load(ENCODING));
  store<u16>(o + 16, load<u16>(ENCODING + 16));
  return o + 18;
}

// ,"timestampMs":"..."
function putTimestampMs(o: usize, timestamp: i64): usize {
  o = put(o, TIMESTAMP_MS, 16);
  let magnitude = timestamp as u64;
  if (timestamp < 0) {
    store<u8>(o++, 45);
    magnitude = 0 - magnitude;
  }
  o = decimal(o, magnitude);
  store<u8>(o, 34);
  return o + 1;
}

let headersEnd: usize = 0;

// ,"headers":[["name","value"],...] with the encodings that are not UTF-8 behind the value: the value's, the name's.
function putHeaders(count: i32, o: usize, recordEnd: usize, limit: usize): i32 {
  if (o > limit) return NO_ROOM;
  o = put(o, HEADERS, 12);
  for (let i = 0; i < count; i++) {
    if (o > limit) return NO_ROOM;
    if (i > 0) store<u8>(o++, 44);
    store<u8>(o++, 91);
    if (!readInt32() || cursor > recordEnd || varint < 0 || varint > ((recordEnd - cursor) as i64)) return CORRUPT;
    const nameEnd = cursor + (varint as usize);
    o = putString(cursor, nameEnd, o, limit);
    if (o == 0) return NO_ROOM;
    const nameBase64 = isBase64;
    cursor = nameEnd;
    if (!readInt32() || cursor > recordEnd || varint > ((recordEnd - cursor) as i64)) return CORRUPT;
    store<u8>(o++, 44);
    let valueBase64 = false;
    if (varint < 0) {
      store<u32>(o, NULL);
      o += 4;
    } else {
      const valueEnd = cursor + (varint as usize);
      o = putString(cursor, valueEnd, o, limit);
      if (o == 0) return NO_ROOM;
      valueBase64 = isBase64;
      cursor = valueEnd;
    }
    if (valueBase64) o = put(o, BASE64_ITEM, 9);
    else if (nameBase64) o = put(o, UTF8_ITEM, 7);
    if (nameBase64) o = put(o, BASE64_ITEM, 9);
    store<u8>(o++, 93);
  }
  store<u8>(o, 93);
  headersEnd = o + 1;
  return DONE;
}
