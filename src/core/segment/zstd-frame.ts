/** Frames of Zstandard, from outside: RFC 8878, sections 3.1.1 and 3.1.2. */

const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const BLOCK_HEADER_BYTES = 3;

/** A whole frame at the start of some bytes. */
export type ZstdFrame =
  | { readonly kind: 'skippable'; readonly magic: number; readonly sizeBytes: number }
  | {
      readonly kind: 'data';
      readonly sizeBytes: number;
      /** Of the decompressed bytes, if the header tells. */
      readonly contentBytes: number | undefined;
      readonly checksum: boolean;
    };

/**
 * The frame that `bytes` start with; undefined when they end before it does.
 * @throws RangeError when this is no frame.
 */
export function zstdFrameAt(bytes: Buffer): ZstdFrame | undefined {
  if (bytes.length < 8) return undefined;
  const magic = bytes.readUInt32LE(0);
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
    const sizeBytes = 8 + bytes.readUInt32LE(4);
    return sizeBytes > bytes.length ? undefined : { kind: 'skippable', magic, sizeBytes };
  }
  if (magic !== ZSTD_MAGIC) throw new RangeError('no zstd frame starts here');
  const descriptor = bytes.readUInt8(4);
  const single = (descriptor & 32) !== 0;
  const checksum = (descriptor & 4) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeFlag = descriptor >> 6;
  const sizeFieldBytes = sizeFlag === 0 ? (single ? 1 : 0) : 2 ** sizeFlag;
  const sizeAt = 5 + (single ? 0 : 1) + dictionaryBytes;
  let position = sizeAt + sizeFieldBytes;
  if (position > bytes.length) return undefined;
  const contentBytes = readContentSize(bytes, sizeAt, sizeFieldBytes);
  for (;;) {
    if (position + BLOCK_HEADER_BYTES > bytes.length) return undefined;
    const header = bytes.readUIntLE(position, BLOCK_HEADER_BYTES);
    const type = (header >> 1) & 3;
    if (type === 3) throw new RangeError('a zstd block has a reserved type');
    position += BLOCK_HEADER_BYTES + (type === 1 ? 1 : header >> 3);
    if ((header & 1) === 1) break;
  }
  if (checksum) position += 4;
  return position > bytes.length ? undefined : { kind: 'data', sizeBytes: position, contentBytes, checksum };
}

function readContentSize(bytes: Buffer, at: number, fieldBytes: number): number | undefined {
  switch (fieldBytes) {
    case 0:
      return undefined;
    case 1:
      return bytes.readUInt8(at);
    case 2:
      return bytes.readUInt16LE(at) + 256;
    case 4:
      return bytes.readUInt32LE(at);
    default:
      return Number(bytes.readBigUInt64LE(at));
  }
}
