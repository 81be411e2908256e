import zlib from 'node:zlib';
import { asBuffer } from './batch-header.ts';
import type { BatchCodec } from './batch-header.ts';
import { decodeLz4Frames } from './lz4-frame.ts';
import { lz4, snappy } from './native-codecs.ts';

/** Of Java's `SnappyOutputStream`, whose framing Kafka's own clients use: magic, version 1, compatible with 1. */
const XERIAL_HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
const XERIAL_MAGIC_BYTES = 8;
const XERIAL_BLOCK_BYTES = 32 * 1024;

/**
 * Decompresses a batch's records. The result is at most `bytesMax` long, and never costs much more memory than that.
 * @throws Error (RangeError when it would be longer) that says what is wrong; callers know the batch.
 */
export function decompressBody(codec: BatchCodec, body: Uint8Array, bytesMax: number): Uint8Array {
  switch (codec) {
    case 'none':
      return body;
    case 'gzip':
      return zlib.gunzipSync(body, { maxOutputLength: bytesMax, chunkSize: chunkSizeFor(body, bytesMax) });
    case 'snappy':
      return decodeSnappy(asBuffer(body), bytesMax);
    case 'lz4':
      return decodeLz4Frames(asBuffer(body), bytesMax);
    case 'zstd':
      return zlib.zstdDecompressSync(body, { maxOutputLength: bytesMax, chunkSize: chunkSizeFor(body, bytesMax) });
  }
}

/** Compresses a batch's records, readable by Kafka's own clients. */
export function compressBody(codec: BatchCodec, body: Uint8Array): Uint8Array {
  switch (codec) {
    case 'none':
      return body;
    case 'gzip':
      return zlib.gzipSync(body, { chunkSize: compressChunkSize(body) });
    case 'snappy':
      return encodeXerial(body);
    case 'lz4':
      return lz4().compressFrameSync(asBuffer(body));
    case 'zstd':
      return zlib.zstdCompressSync(body, {
        chunkSize: compressChunkSize(body),
        params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 },
      });
  }
}

/** One output chunk in most cases: a guess of six to one, within reason. */
function chunkSizeFor(body: Uint8Array, bytesMax: number): number {
  return Math.max(1024, Math.min(body.length * 6, 4 * 1024 * 1024, bytesMax));
}

/** Room for what cannot be compressed, so that one call with one output buffer does it. */
function compressChunkSize(body: Uint8Array): number {
  return body.length + (body.length >> 8) + 1024;
}

function decodeSnappy(body: Buffer, bytesMax: number): Uint8Array {
  if (body.length < XERIAL_HEADER.length || !startsWithXerialMagic(body)) return decodeSnappyBlock(body, bytesMax);
  const blocks: Uint8Array[] = [];
  let length = 0;
  let position = XERIAL_HEADER.length;
  while (position < body.length) {
    if (body.length - position < 4) throw new RangeError('a snappy block is cut off');
    const size = body.readInt32BE(position);
    position += 4;
    if (size < 0 || size > body.length - position) throw new RangeError(`impossible snappy block length ${size}`);
    const block = decodeSnappyBlock(body.subarray(position, position + size), bytesMax - length);
    blocks.push(block);
    length += block.length;
    position += size;
  }
  return blocks.length === 1 && blocks[0] !== undefined ? blocks[0] : Buffer.concat(blocks, length);
}

function startsWithXerialMagic(body: Buffer): boolean {
  return body.compare(XERIAL_HEADER, 0, XERIAL_MAGIC_BYTES, 0, XERIAL_MAGIC_BYTES) === 0;
}

function decodeSnappyBlock(block: Buffer, bytesMax: number): Uint8Array {
  const length = snappyLength(block);
  if (length > bytesMax) throw new RangeError(`decompressed records are larger than ${bytesMax} bytes`);
  const decoded = snappy().uncompressSync(block, { asBuffer: true });
  if (typeof decoded === 'string') throw new TypeError('snappy gave a string');
  return decoded;
}

/** The uncompressed length that a snappy block starts with (format_description.txt, "Preamble"). */
function snappyLength(block: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    length += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return length;
  }
  throw new RangeError('a snappy block has no length');
}

function encodeXerial(body: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [XERIAL_HEADER];
  for (let start = 0; start < body.length; start += XERIAL_BLOCK_BYTES) {
    const block = snappy().compressSync(asBuffer(body.subarray(start, start + XERIAL_BLOCK_BYTES)));
    const size = Buffer.allocUnsafe(4);
    size.writeInt32BE(block.length);
    parts.push(size, block);
  }
  return Buffer.concat(parts);
}
