import { crc32c as crc32cOf } from '@node-rs/crc32';

/** CRC-32C (Castagnoli) of the bytes, unsigned; `previous` is the checksum of what came before them. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  return crc32cOf(bytes, previous);
}
