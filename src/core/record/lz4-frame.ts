import { lz4 } from './native-codecs.ts';

const MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC_MIN = 0x184d2a50;
const SKIPPABLE_MAGIC_MAX = 0x184d2a5f;
const HISTORY_BYTES = 64 * 1024;

/**
 * Decodes LZ4 frames (lz4_Frame_format.md): one or several, with or without checksums, linked blocks too. Checksums are
 * skipped: a record batch has its own.
 * @throws Error (RangeError when the result would exceed `bytesMax`).
 */
export function decodeLz4Frames(bytes: Buffer, bytesMax: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  let length = 0;
  let position = 0;
  while (position < bytes.length) {
    need(bytes, position, 4);
    const magic = bytes.readUInt32LE(position);
    position += 4;
    if (magic >= SKIPPABLE_MAGIC_MIN && magic <= SKIPPABLE_MAGIC_MAX) {
      need(bytes, position, 4);
      position += 4 + bytes.readUInt32LE(position);
      continue;
    }
    if (magic !== MAGIC) throw new RangeError('not an LZ4 frame');
    const frame = readDescriptor(bytes, position);
    position = frame.end;
    let history: Uint8Array | undefined;
    for (;;) {
      need(bytes, position, 4);
      const field = bytes.readUInt32LE(position);
      position += 4;
      if (field === 0) break;
      const size = field & 0x7fffffff;
      need(bytes, position, size);
      const raw = bytes.subarray(position, position + size);
      const block = field > 0x7fffffff ? raw : decodeBlock(raw, frame.blockBytesMax, history);
      length += block.length;
      if (length > bytesMax) throw new RangeError(`decompressed records are larger than ${bytesMax} bytes`);
      blocks.push(block);
      if (frame.linked) history = lastBytes(history, block);
      position += size + (frame.blockChecksums ? 4 : 0);
    }
    position += frame.contentChecksum ? 4 : 0;
  }
  return blocks.length === 1 && blocks[0] !== undefined ? blocks[0] : Buffer.concat(blocks, length);
}

interface FrameDescriptor {
  readonly linked: boolean;
  readonly blockChecksums: boolean;
  readonly contentChecksum: boolean;
  readonly blockBytesMax: number;
  readonly end: number;
}

function readDescriptor(bytes: Buffer, position: number): FrameDescriptor {
  need(bytes, position, 3);
  const flags = bytes.readUInt8(position);
  const blockSize = (bytes.readUInt8(position + 1) >> 4) & 7;
  if (flags >> 6 !== 1) throw new RangeError('unknown LZ4 frame version');
  if (blockSize < 4) throw new RangeError('unknown LZ4 block size');
  if ((flags & 1) !== 0) throw new RangeError('an LZ4 frame wants a dictionary');
  return {
    linked: (flags & 32) === 0,
    blockChecksums: (flags & 16) !== 0,
    contentChecksum: (flags & 4) !== 0,
    blockBytesMax: 2 ** (8 + 2 * blockSize),
    end: position + 3 + ((flags & 8) === 0 ? 0 : 8),
  };
}

/** The library wants the decoded size in front; the largest that the frame allows will do. */
function decodeBlock(raw: Buffer, blockBytesMax: number, history: Uint8Array | undefined): Uint8Array {
  const sized = Buffer.allocUnsafe(raw.length + 4);
  sized.writeUInt32LE(blockBytesMax, 0);
  raw.copy(sized, 4);
  return lz4().uncompressSync(sized, history);
}

function lastBytes(history: Uint8Array | undefined, block: Uint8Array): Uint8Array {
  if (block.length >= HISTORY_BYTES || history === undefined) return block.subarray(-HISTORY_BYTES);
  return Buffer.concat([history, block]).subarray(-HISTORY_BYTES);
}

function need(bytes: Buffer, position: number, length: number): void {
  if (length > bytes.length - position) throw new RangeError('an LZ4 frame is cut off');
}
