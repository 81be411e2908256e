/** Kafka's variable-length integers: zigzag, seven bits a byte, lowest first (as in Protocol Buffers). */

/** Reads numbers from bytes, never past their end. */
export class VarintReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** A signed 64-bit number. @throws RangeError when it is cut off or too long. */
  int64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte >= 128) continue;
      const zigzag = BigInt.asUintN(64, value);
      return BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n));
    }
    throw new RangeError('a number is longer than 64 bits');
  }

  /** A signed 32-bit number. @throws RangeError when it is cut off or too large. */
  int32(): number {
    const value = Number(this.int64());
    if (value !== (value | 0)) throw new RangeError('a number is longer than 32 bits');
    return value;
  }

  /** @throws RangeError at the end of the bytes. */
  byte(): number {
    const byte = this.position < this.end ? this.bytes[this.position] : undefined;
    if (byte === undefined) throw new RangeError('the bytes end too early');
    this.position++;
    return byte;
  }

  /** A view of the next bytes. @throws RangeError when there are fewer, or the length is negative. */
  take(length: number): Uint8Array {
    if (length < 0 || length > this.end - this.position) throw new RangeError(`impossible length ${length}`);
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }
}

/** Appends a signed 64-bit number to a list of byte values. */
export function pushVarint(out: number[], value: bigint | number): void {
  const wide = BigInt(value);
  let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
  while (rest >= 128n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
}
