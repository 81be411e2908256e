// Text: JSON escapes, UTF-8, base64, decimals, times. Callers keep 64 readable bytes behind every input and pass
// `limit`, an address that leaves 128 writable bytes behind it; a function that would go beyond returns 0.

/** A limit must lie so far below the end of an output area. */
export const OUTPUT_SLACK: usize = 128;

const QUOTE: u8 = 34;
const BACKSLASH: u8 = 92;

/** For bytes 0..92 what stands for them in a JSON string: up to six bytes, and in the eighth how many. */
const ESCAPES: usize = memory.data(93 * 8, 16);
/** For a mask of 8 bits the order of 8 bytes and of a backslash (the ninth) before each of those whose bit is set. */
const SPREADS: usize = memory.data(256 * 16, 16);
/** For the byte after a backslash the byte that is meant; 0 where there is no such short escape. */
const UNESCAPES: usize = memory.data(256);
const HEX: usize = memory.data<u8>([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102]);
/** "00", "01", ... "99". */
const PAIRS: usize = memory.data(200, 16);
/** 16 bytes of 0xff, then 16 of 0: read at 16 - n for a mask of n bytes. */
const MASKS: usize = memory.data(32, 16);
const BASE64: usize = memory.data(64);
/** For each byte its value in base64, or 255. */
const UNBASE64: usize = memory.data(256);

export function fillTables(): void {
  for (let c: u32 = 0; c < 93; c++) {
    const at = ESCAPES + (c << 3);
    if (c < 32) {
      store<u32>(at, 0x3030755c);
      store<u8>(at + 4, load<u8>(HEX + (c >> 4)));
      store<u8>(at + 5, load<u8>(HEX + (c & 15)));
      store<u8>(at + 7, 6);
    } else {
      store<u8>(at, c as u8);
      store<u8>(at + 7, 1);
    }
  }
  for (let mask: u32 = 0; mask < 256; mask++) {
    let at = SPREADS + (mask << 4);
    for (let i: u32 = 0; i < 8; i++) {
      if ((mask & (1 << i)) != 0) store<u8>(at++, 8);
      store<u8>(at++, i as u8);
    }
  }
  shortEscape(8, 98);
  shortEscape(9, 116);
  shortEscape(10, 110);
  shortEscape(12, 102);
  shortEscape(13, 114);
  shortEscape(QUOTE, QUOTE);
  shortEscape(BACKSLASH, BACKSLASH);
  store<u8>(UNESCAPES + 47, 47);
  for (let i: u32 = 0; i < 100; i++) {
    store<u8>(PAIRS + (i << 1), 48 + ((i / 10) as u8));
    store<u8>(PAIRS + (i << 1) + 1, 48 + ((i % 10) as u8));
  }
  memory.fill(MASKS, 255, 16);
  memory.fill(UNBASE64, 255, 256);
  for (let i: u32 = 0; i < 64; i++) {
    const c: u8 = (i < 26 ? 65 + i : i < 52 ? 71 + i : i < 62 ? i - 4 : i == 62 ? 43 : 47) as u8;
    store<u8>(BASE64 + i, c);
    store<u8>(UNBASE64 + c, i as u8);
  }
}

function shortEscape(c: u8, letter: u8): void {
  const at = ESCAPES + ((c as usize) << 3);
  store<u64>(at, BACKSLASH | ((letter as u64) << 8) | ((2 as u64) << 56));
  store<u8>(UNESCAPES + letter, c);
}

/** Set by `escape` and `unescape`: the bytes were not all ASCII (for `unescape`: perhaps not). */
export let sawNonAscii: bool = false;
/** Set by `unescape` and `unbase64`: the address behind the closing quote. */
export let closedAt: usize = 0;
/** Set by `unescape` and `unbase64` when they return 0: true when there was no room, false when the text is not ours. */
export let noRoom: bool = false;

// @ts-ignore
@inline
function maskOf(n: usize): v128 {
  return v128.load(MASKS + 16 - n);
}

// Bytes that cannot stand in a JSON string as they are: quote, backslash, below 32.
// @ts-ignore
@inline
function specials(v: v128): i32 {
  return i8x16.bitmask(
    v128.or(
      i8x16.lt_u(v, i8x16.splat(32)),
      v128.or(i8x16.eq(v, i8x16.splat(QUOTE)), i8x16.eq(v, i8x16.splat(BACKSLASH))),
    ),
  );
}

// Copies a block of up to 16 bytes (already stored at o) whose specials are the bits of m; returns the output's end.
// @ts-ignore
@inline
function escapeBlock(s: usize, o: usize, m: i32, step: usize): usize {
  let done: usize = 0;
  do {
    const n = ctz(m) as usize;
    o += n - done;
    const escape = load<u64>(ESCAPES + ((load<u8>(s + n) as usize) << 3));
    store<u64>(o, escape);
    o += (escape >> 56) as usize;
    done = n + 1;
    v128.store(o, v128.load(s + done));
    m &= m - 1;
  } while (m);
  return o + step - done;
}

// @ts-ignore
@inline
function controls(v: v128): bool {
  return v128.any_true(i8x16.lt_u(v, i8x16.splat(32)));
}

// Quotes and backslashes: what is escaped by a backslash before it.
// @ts-ignore
@inline
function escaped(v: v128): i32 {
  return i8x16.bitmask(v128.or(i8x16.eq(v, i8x16.splat(QUOTE)), i8x16.eq(v, i8x16.splat(BACKSLASH))));
}

// Writes the eight bytes at s with a backslash before each of those whose bit is set; returns the output's end.
// @ts-ignore
@inline
function spread(s: usize, o: usize, mask: i32): usize {
  const v = i64x2.replace_lane(v128.load(s), 1, 0x5c);
  v128.store(o, i8x16.swizzle(v, v128.load(SPREADS + ((mask as usize) << 4))));
  return o + 8 + (popcnt(mask) as usize);
}

/**
 * Writes the bytes s..e as the inside of a JSON string; returns the output's end. Does not look at the UTF-8. In JSON
 * nearly every block has quotes, at places that no processor can guess: escaping them takes no branches.
 */
export function escape(s: usize, e: usize, o: usize, limit: usize): usize {
  let seen = i8x16.splat(0);
  while (s + 32 <= e) {
    if (o > limit) return 0;
    const v = v128.load(s);
    const w = v128.load(s + 16);
    seen = v128.or(seen, v128.or(v, w));
    if (controls(v) || controls(w)) {
      o = escapeBlock16(v, s, o);
      if (o > limit) return 0;
      o = escapeBlock16(w, s + 16, o);
    } else {
      const m = escaped(v) | (escaped(w) << 16);
      if (m == 0) {
        v128.store(o, v);
        v128.store(o + 16, w);
        o += 32;
      } else {
        o = spread(s, o, m & 255);
        o = spread(s + 8, o, (m >> 8) & 255);
        o = spread(s + 16, o, (m >> 16) & 255);
        o = spread(s + 24, o, m >>> 24);
      }
    }
    s += 32;
  }
  while (s < e) {
    if (o > limit) return 0;
    const left = min<usize>(16, e - s);
    const v = v128.load(s);
    v128.store(o, v);
    seen = v128.or(seen, v128.and(v, maskOf(left)));
    const m = specials(v) & ((1 << (left as i32)) - 1);
    o = m == 0 ? o + left : escapeBlock(s, o, m, left);
    s += left;
  }
  sawNonAscii = i8x16.bitmask(seen) != 0;
  return o;
}

// @ts-ignore
@inline
function escapeBlock16(v: v128, s: usize, o: usize): usize {
  v128.store(o, v);
  const m = specials(v);
  return m == 0 ? o + 16 : escapeBlock(s, o, m, 16);
}

/**
 * Reads the inside of a JSON string that starts at s, up to its quote, which must come before e. Knows the escapes that
 * `escape` writes (and `\/`); returns 0 at any other, at raw control characters and when there is no room.
 */
export function unescape(s: usize, e: usize, o: usize, limit: usize): usize {
  let seen = i8x16.splat(0);
  noRoom = false;
  while (s < e) {
    if (o > limit) {
      noRoom = true;
      return 0;
    }
    const v = v128.load(s);
    v128.store(o, v);
    seen = v128.or(seen, v);
    let m = specials(v);
    let done: usize = 0;
    while (m) {
      const n = ctz(m) as usize;
      o += n - done;
      const c = load<u8>(s + n);
      if (c == QUOTE) {
        closedAt = s + n + 1;
        sawNonAscii = i8x16.bitmask(seen) != 0;
        return closedAt > e ? 0 : o;
      }
      if (c != BACKSLASH) return 0;
      const letter = load<u8>(s + n + 1);
      const meant = load<u8>(UNESCAPES + letter);
      if (meant != 0) {
        store<u8>(o, meant);
        done = n + 2;
        m &= ~(3 << (n as i32));
      } else {
        const control = letter == 117 ? controlOf(s + n + 2) : -1;
        if (control < 0) return 0;
        store<u8>(o, control as u8);
        done = n + 6;
        m &= ~(63 << (n as i32));
      }
      o++;
      v128.store(o, v128.load(s + done));
    }
    const step: usize = done > 16 ? done : 16;
    o += step - done;
    s += step;
  }
  return 0;
}

// The control character whose four hexadecimal digits, lower case, are at s; -1 when it is another character.
function controlOf(s: usize): i32 {
  if (load<u16>(s) != 0x3030) return -1;
  const high = (load<u8>(s + 2) as i32) - 48;
  const c = load<u8>(s + 3) as i32;
  const low = c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : -1;
  return high < 0 || high > 1 || low < 0 ? -1 : high * 16 + low;
}

const UTF8_1H: v128 = i8x16(2, 2, 2, 2, 2, 2, 2, 2, -128, -128, -128, -128, 0x21, 1, 0x15, 0x49);
const UTF8_1L: v128 = i8x16(-25, -93, -125, -125, -117, -53, -53, -53, -53, -53, -53, -53, -53, -37, -53, -53);
const UTF8_2H: v128 = i8x16(1, 1, 1, 1, 1, 1, 1, 1, -26, -82, -70, -70, 1, 1, 1, 1);

// Errors of the block v that follows the block before (Keiser and Lemire, "Validating UTF-8 in less than one
// instruction per byte", 2021: three lookups of nibbles tell every wrong pair of bytes).
// @ts-ignore
@inline
function utf8Errors(v: v128, before: v128): v128 {
  const one = i8x16.shuffle(before, v, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  const two = i8x16.shuffle(before, v, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
  const three = i8x16.shuffle(before, v, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
  const pairs = v128.and(
    v128.and(
      i8x16.swizzle(UTF8_1H, i8x16.shr_u(one, 4)),
      i8x16.swizzle(UTF8_1L, v128.and(one, i8x16.splat(15))),
    ),
    i8x16.swizzle(UTF8_2H, i8x16.shr_u(v, 4)),
  );
  const third = i8x16.sub_sat_u(two, i8x16.splat(0x60));
  const fourth = i8x16.sub_sat_u(three, i8x16.splat(0x70));
  return v128.xor(v128.and(v128.or(third, fourth), i8x16.splat(-128)), pairs);
}

/** True when the bytes s..e are well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF). */
export function isUtf8(s: usize, e: usize): bool {
  let before = i8x16.splat(0);
  let errors = i8x16.splat(0);
  let pending = false;
  while (s + 16 <= e) {
    const v = v128.load(s);
    const wide = i8x16.bitmask(v) != 0;
    if (wide || pending) errors = v128.or(errors, utf8Errors(v, before));
    pending = wide;
    before = v;
    s += 16;
  }
  // The last block, filled up with zeros, also finds a sequence that the end cuts off.
  const last = v128.and(v128.load(s), maskOf(e - s));
  errors = v128.or(errors, utf8Errors(last, before));
  return !v128.any_true(errors);
}

/** Writes the bytes s..e in base64, padded; returns the output's end. */
export function base64(s: usize, e: usize, o: usize, limit: usize): usize {
  if (limit < o || ((e - s + 2) / 3) * 4 > limit - o) return 0;
  while (s + 3 <= e) {
    store<u32>(o, base64Of(((load<u8>(s) as u32) << 16) | ((load<u8>(s + 1) as u32) << 8) | (load<u8>(s + 2) as u32)));
    s += 3;
    o += 4;
  }
  if (s < e) {
    const second: u32 = s + 1 < e ? load<u8>(s + 1) : 0;
    store<u32>(o, base64Of(((load<u8>(s) as u32) << 16) | (second << 8)));
    store<u8>(o + 3, 61);
    if (s + 1 == e) store<u8>(o + 2, 61);
    o += 4;
  }
  return o;
}

// @ts-ignore
@inline
function base64Of(bits: u32): u32 {
  return (
    (load<u8>(BASE64 + (bits >> 18)) as u32) |
    ((load<u8>(BASE64 + ((bits >> 12) & 63)) as u32) << 8) |
    ((load<u8>(BASE64 + ((bits >> 6) & 63)) as u32) << 16) |
    ((load<u8>(BASE64 + (bits & 63)) as u32) << 24)
  );
}

/** Reads base64 from s up to a quote, which must come before e; canonical text only. Returns the output's end or 0. */
export function unbase64(s: usize, e: usize, o: usize, limit: usize): usize {
  noRoom = false;
  while (s + 4 < e) {
    const a: u32 = load<u8>(UNBASE64 + load<u8>(s));
    const b: u32 = load<u8>(UNBASE64 + load<u8>(s + 1));
    const c: u32 = load<u8>(UNBASE64 + load<u8>(s + 2));
    const d: u32 = load<u8>(UNBASE64 + load<u8>(s + 3));
    if ((a | b | c | d) > 63) break;
    if (o > limit) {
      noRoom = true;
      return 0;
    }
    const bits = (a << 18) | (b << 12) | (c << 6) | d;
    store<u8>(o, (bits >> 16) as u8);
    store<u8>(o + 1, (bits >> 8) as u8);
    store<u8>(o + 2, bits as u8);
    o += 3;
    s += 4;
  }
  if (s >= e) return 0;
  if (load<u8>(s) == QUOTE) {
    closedAt = s + 1;
    return o;
  }
  // The last group, with padding.
  if (s + 4 >= e || load<u8>(s + 4) != QUOTE || load<u8>(s + 3) != 61) return 0;
  const a: u32 = load<u8>(UNBASE64 + load<u8>(s));
  const b: u32 = load<u8>(UNBASE64 + load<u8>(s + 1));
  if ((a | b) > 63) return 0;
  closedAt = s + 5;
  store<u8>(o, ((a << 2) | (b >> 4)) as u8);
  if (load<u8>(s + 2) == 61) return (b & 15) == 0 ? o + 1 : 0;
  const c: u32 = load<u8>(UNBASE64 + load<u8>(s + 2));
  if (c > 63 || (c & 3) != 0) return 0;
  store<u8>(o + 1, ((b << 4) | (c >> 2)) as u8);
  return o + 2;
}

// @ts-ignore
@inline
export function twoDigits(o: usize, value: u32): void {
  store<u16>(o, load<u16>(PAIRS + ((value as usize) << 1)));
}

/** Writes a number in decimal; returns the output's end. */
export function decimal(o: usize, value: u64): usize {
  let digits: u32 = 1;
  for (let rest = value; rest >= 10; rest /= 10) digits++;
  let at = o + digits;
  while (value >= 100) {
    const high = value / 100;
    at -= 2;
    twoDigits(at, (value - high * 100) as u32);
    value = high;
  }
  if (value >= 10) twoDigits(at - 2, value as u32);
  else store<u8>(at - 1, 48 + (value as u8));
  return o + digits;
}
