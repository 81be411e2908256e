/**
 * Copies bytes as memcpy does. `TypedArray.prototype.set` copies word by word when one side is shared memory, six times
 * slower, and so does `Buffer.prototype.copy` for a whole view; for a part of one it does not, and so the views are made
 * to be parts of all the memory behind them.
 */
export function copyBytes(bytes: Uint8Array, target: Uint8Array, at: number): void {
  const { buffer, byteOffset, length } = bytes;
  Buffer.from(buffer).copy(target, at, byteOffset, byteOffset + length);
}
