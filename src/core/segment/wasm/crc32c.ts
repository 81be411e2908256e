// CRC-32C (Castagnoli, reflected; RFC 3720, appendix B.4). WebAssembly has neither the processor's CRC instruction nor a
// carry-less multiplication; it has a shuffle that looks up 16 nibbles at once, and a checksum is linear.

const POLYNOMIAL: u32 = 0x82f63b78;
/** Eight tables of 256: the checksum of a byte and 0 to 7 bytes of zero behind it. */
const SLICES: usize = memory.data(8 * 256 * 4, 16);
/** Of each of the four distances, for the low nibbles and then for the high ones, what goes there. */
const MOVES: usize = memory.data(4 * 32, 16);
const LOW_NIBBLES: usize = memory.data(16, 16);
/** A checksum in the lower half, and in the upper the bits, in four bytes, that have it. */
const PAIRS: usize = memory.data(32 * 8, 16);
const STATE: usize = memory.data(112, 16);

/**
 * The last of the distances, in vectors of 16 bytes. A byte may be taken away if what it contributes to the checksum, 32
 * bits, is put elsewhere: here into the bytes of the same lane that lie 2, 3, 5 and 7 vectors behind, at which four bytes
 * reach every checksum (many sets of distances do not). Nothing has to be moved between lanes so, as it would if it were
 * put into four bytes that follow one another.
 */
const REACH: u32 = 7;
/** Below that, tables are as fast. */
const FOLDED_MIN: usize = 256;

/**
 * Distances, in vectors, that need no table: 1 + x^14 + x^39 + x^54 + x^144 + x^209 is a multiple of the polynomial, and
 * so it is with x^128, a vector, for x. What a vector contributes is put elsewhere by adding it, as it is, to the vectors
 * 65, 155, 170, 195 and 209 behind. There is none of fewer terms that reaches less far than 80 KiB, and none of as many
 * that is shorter.
 */
const SPARSE_REACH: usize = 209 << 4;
/** Vectors with what was added to them: those of a block behind the last ones of the block before. */
const BLOCK_BYTES: usize = 16384;
const SUMS: usize = memory.data(SPARSE_REACH + BLOCK_BYTES, 16);
const LAST: usize = memory.data(SPARSE_REACH, 16);
/** Below that, folding the last ones costs as much as this saves. */
const SPARSE_MIN: usize = 3 * SPARSE_REACH;

function distance(i: u32): u32 {
  return i == 0 ? 2 : i == 1 ? 3 : i == 2 ? 5 : REACH;
}

/** To be called once. */
export function fillCrcTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    store<u32>(SLICES + (byte << 2), crc);
  }
  for (let at: u32 = 256; at < 2048; at++) {
    const before = load<u32>(SLICES + ((at - 256) << 2));
    store<u32>(SLICES + (at << 2), followedByZeros(before, 1));
  }
  v128.store(LOW_NIBBLES, i8x16.splat(15));
  fillMoves();
}

function followedByZeros(crc: u32, count: u32): u32 {
  for (; count > 0; count--) crc = (crc >>> 8) ^ load<u32>(SLICES + ((crc & 255) << 2));
  return crc;
}

function crcOfByte(byte: u32, zeros: u32): u32 {
  return followedByZeros(load<u32>(SLICES + (byte << 2)), zeros);
}

/** Solves for each nibble: which four bytes, at the distances, have the checksum that it has? */
function fillMoves(): void {
  // By Gauss: in the end, the i-th checksum has just the bit i.
  for (let i: u32 = 0; i < 32; i++) {
    const crc: u64 = crcOfByte(1 << (i & 7), (REACH - distance(i >>> 3)) << 4);
    setPair(i, crc | ((1 as u64) << (32 + i)));
  }
  for (let i: u32 = 0; i < 32; i++) {
    let pivot = i;
    while (((pair(pivot) >>> i) & 1) == 0) pivot++;
    const chosen = pair(pivot);
    setPair(pivot, pair(i));
    setPair(i, chosen);
    for (let j: u32 = 0; j < 32; j++) if (j != i && ((pair(j) >>> i) & 1) != 0) setPair(j, pair(j) ^ chosen);
  }
  for (let nibble: u32 = 0; nibble < 16; nibble++) {
    storeMove(MOVES + nibble, crcOfByte(nibble, REACH << 4));
    storeMove(MOVES + 16 + nibble, crcOfByte(nibble << 4, REACH << 4));
  }
}

function storeMove(at: usize, crc: u32): void {
  let bytes: u64 = 0;
  for (let i: u32 = 0; i < 32; i++) if (((crc >>> i) & 1) != 0) bytes ^= pair(i);
  for (let i = 0; i < 4; i++) store<u8>(at + (i << 5), (bytes >>> (32 + (i << 3))) as u8);
}

function pair(i: u32): u64 {
  return load<u64>(PAIRS + (i << 3));
}

function setPair(i: u32, value: u64): void {
  store<u64>(PAIRS + (i << 3), value);
}

function sliced(crc: u32, at: usize, end: usize): u32 {
  for (; at + 8 <= end; at += 8) {
    const a = load<u32>(at) ^ crc;
    const b = load<u32>(at + 4);
    crc = slice(7, a) ^ slice(6, a >>> 8) ^ slice(5, a >>> 16) ^ slice(4, a >>> 24)
      ^ slice(3, b) ^ slice(2, b >>> 8) ^ slice(1, b >>> 16) ^ slice(0, b >>> 24);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ slice(0, crc ^ load<u8>(at));
  return crc;
}

// @ts-ignore
@inline
function slice(zeros: u32, byte: u32): u32 {
  return load<u32>(SLICES + (zeros << 10) + ((byte & 255) << 2));
}

// @ts-ignore
@inline
function moved(low: v128, high: v128, lowNibbles: v128, highNibbles: v128): v128 {
  return v128.xor(i8x16.relaxed_swizzle(low, lowNibbles), i8x16.relaxed_swizzle(high, highNibbles));
}

/** The checksum of the bytes `at..end`; `previous` is that of what came before them, or 0. */
export function crc32c(at: usize, end: usize, previous: u32): u32 {
  let crc = ~previous;
  if (end - at >= SPARSE_MIN) {
    const whole = at + ((end - at) & ~15);
    takeAway(crc, at, whole - SPARSE_REACH);
    crc = folded(0, LAST, LAST + SPARSE_REACH);
    at = whole;
  } else if (end - at >= FOLDED_MIN) {
    return ~folded(crc, at, end);
  }
  return ~sliced(crc, at, end);
}

// @ts-ignore
@inline
function vectorAt(at: usize, distance: usize): v128 {
  return v128.load(at - (distance << 4));
}

// The vector at `at` with what those before it, whose sums come before `sum`, add to it: the `terms` farthest of them.
// @ts-ignore
@inline
function summed(at: usize, sum: usize, terms: i32): v128 {
  let v = v128.xor(v128.load(at), vectorAt(sum, 209));
  if (terms > 1) v = v128.xor(v, vectorAt(sum, 195));
  if (terms > 2) v = v128.xor(v, vectorAt(sum, 170));
  if (terms > 3) v = v128.xor(v, vectorAt(sum, 155));
  if (terms > 4) v = v128.xor(v, vectorAt(sum, 65));
  return v;
}

/**
 * Takes the bytes `at..end`, before which a `crc` stands, away: LAST becomes the SPARSE_REACH bytes from `end` on with
 * what they add to them. All lengths are of whole vectors.
 */
function takeAway(crc: u32, at: usize, end: usize): void {
  memory.fill(SUMS, 0, SPARSE_REACH);
  // Where only the first vector takes it from.
  store<u32>(SUMS, crc);
  const block = SUMS + SPARSE_REACH;
  let sum = block;
  for (;;) {
    const limit = block + min(end - at, BLOCK_BYTES);
    for (; sum + 64 <= limit; sum += 64, at += 64) {
      v128.store(sum, summed(at, sum, 5));
      v128.store(sum + 16, summed(at + 16, sum + 16, 5));
      v128.store(sum + 32, summed(at + 32, sum + 32, 5));
      v128.store(sum + 48, summed(at + 48, sum + 48, 5));
    }
    for (; sum < limit; sum += 16, at += 16) v128.store(sum, summed(at, sum, 5));
    if (at == end) break;
    memory.copy(SUMS, sum - SPARSE_REACH, SPARSE_REACH);
    sum = block;
  }
  // The last ones are not taken away, and so add nothing to each other.
  let i: usize = 0;
  for (; i < 65 << 4; i += 16) v128.store(LAST + i, summed(at + i, sum + i, 5));
  for (; i < 155 << 4; i += 16) v128.store(LAST + i, summed(at + i, sum + i, 4));
  for (; i < 170 << 4; i += 16) v128.store(LAST + i, summed(at + i, sum + i, 3));
  for (; i < 195 << 4; i += 16) v128.store(LAST + i, summed(at + i, sum + i, 2));
  for (; i < 209 << 4; i += 16) v128.store(LAST + i, summed(at + i, sum + i, 1));
}

/** Of at least FOLDED_MIN bytes; without the inversions. */
function folded(crc: u32, at: usize, end: usize): u32 {
  const low2 = v128.load(MOVES);
  const high2 = v128.load(MOVES + 16);
  const low3 = v128.load(MOVES + 32);
  const high3 = v128.load(MOVES + 48);
  const low5 = v128.load(MOVES + 64);
  const high5 = v128.load(MOVES + 80);
  const low7 = v128.load(MOVES + 96);
  const high7 = v128.load(MOVES + 112);
  // Loaded, not written as a constant: that the compiler would make anew, in three instructions, at each use.
  const mask = v128.load(LOW_NIBBLES);
  // The next seven vectors with all that was moved to them. One is taken away, and the place becomes that of the eighth.
  let s0 = v128.xor(v128.load(at), i32x4.replace_lane(i32x4.splat(0), 0, crc));
  let s1 = v128.load(at + 16);
  let s2 = v128.load(at + 32);
  let s3 = v128.load(at + 48);
  let s4 = v128.load(at + 64);
  let s5 = v128.load(at + 80);
  let s6 = v128.load(at + 96);
  at += 112;
  for (; at + 112 <= end; at += 112) {
    let low = v128.and(s0, mask);
    let high = v128.and(i16x8.shr_u(s0, 4), mask);
    s2 = v128.xor(s2, moved(low2, high2, low, high));
    s3 = v128.xor(s3, moved(low3, high3, low, high));
    s5 = v128.xor(s5, moved(low5, high5, low, high));
    s0 = v128.xor(moved(low7, high7, low, high), v128.load(at));
    low = v128.and(s1, mask);
    high = v128.and(i16x8.shr_u(s1, 4), mask);
    s3 = v128.xor(s3, moved(low2, high2, low, high));
    s4 = v128.xor(s4, moved(low3, high3, low, high));
    s6 = v128.xor(s6, moved(low5, high5, low, high));
    s1 = v128.xor(moved(low7, high7, low, high), v128.load(at + 16));
    low = v128.and(s2, mask);
    high = v128.and(i16x8.shr_u(s2, 4), mask);
    s4 = v128.xor(s4, moved(low2, high2, low, high));
    s5 = v128.xor(s5, moved(low3, high3, low, high));
    s0 = v128.xor(s0, moved(low5, high5, low, high));
    s2 = v128.xor(moved(low7, high7, low, high), v128.load(at + 32));
    low = v128.and(s3, mask);
    high = v128.and(i16x8.shr_u(s3, 4), mask);
    s5 = v128.xor(s5, moved(low2, high2, low, high));
    s6 = v128.xor(s6, moved(low3, high3, low, high));
    s1 = v128.xor(s1, moved(low5, high5, low, high));
    s3 = v128.xor(moved(low7, high7, low, high), v128.load(at + 48));
    low = v128.and(s4, mask);
    high = v128.and(i16x8.shr_u(s4, 4), mask);
    s6 = v128.xor(s6, moved(low2, high2, low, high));
    s0 = v128.xor(s0, moved(low3, high3, low, high));
    s2 = v128.xor(s2, moved(low5, high5, low, high));
    s4 = v128.xor(moved(low7, high7, low, high), v128.load(at + 64));
    low = v128.and(s5, mask);
    high = v128.and(i16x8.shr_u(s5, 4), mask);
    s0 = v128.xor(s0, moved(low2, high2, low, high));
    s1 = v128.xor(s1, moved(low3, high3, low, high));
    s3 = v128.xor(s3, moved(low5, high5, low, high));
    s5 = v128.xor(moved(low7, high7, low, high), v128.load(at + 80));
    low = v128.and(s6, mask);
    high = v128.and(i16x8.shr_u(s6, 4), mask);
    s1 = v128.xor(s1, moved(low2, high2, low, high));
    s2 = v128.xor(s2, moved(low3, high3, low, high));
    s4 = v128.xor(s4, moved(low5, high5, low, high));
    s6 = v128.xor(moved(low7, high7, low, high), v128.load(at + 96));
  }
  v128.store(STATE, s0);
  v128.store(STATE + 16, s1);
  v128.store(STATE + 32, s2);
  v128.store(STATE + 48, s3);
  v128.store(STATE + 64, s4);
  v128.store(STATE + 80, s5);
  v128.store(STATE + 96, s6);
  return sliced(sliced(0, STATE, STATE + 112), at, end);
}
