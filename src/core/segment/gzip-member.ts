import zlib from 'node:zlib';

/** Flags, time and system of every member: FEXTRA, none, unknown (RFC 1952, section 2.3). */
const HEAD = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255];
const HEAD_BYTES = 12;
/** Subfield `BS`: the member's size (uint32 LE), so that readers can go from member to member. */
const SIZE_FIELD_BYTES = 8;
const TAIL_BYTES = 8;

/** Bytes of a member besides its compressed data and its further subfields. */
const MEMBER_OVERHEAD_BYTES = HEAD_BYTES + SIZE_FIELD_BYTES + TAIL_BYTES;
/** Where further subfields start in a member. */
const MEMBER_FIELDS_START = HEAD_BYTES + SIZE_FIELD_BYTES;
/** Compressed data of nothing. */
const EMPTY_DEFLATE = Uint8Array.of(3, 0);
/** The largest further subfield's data: an extra field is at most 65,535 bytes. */
export const EXTRA_DATA_BYTES_MAX = 65_535 - SIZE_FIELD_BYTES - 4;

/** One gzip member (RFC 1952) of the bytes, whose header tells its size. */
export function gzipMember(bytes: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
  const chunkSize = bytes.length + (bytes.length >> 8) + 1024;
  const data = zlib.deflateRawSync(bytes, { level, chunkSize });
  return buildMember(data, zlib.crc32(bytes), bytes.length, undefined);
}

/** A member of no bytes that carries `data` in the subfield named by two characters. */
export function emptyGzipMember(name: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return buildMember(EMPTY_DEFLATE, 0, 0, { name, data });
}

function buildMember(
  deflated: Uint8Array,
  crc: number,
  length: number,
  extra: { readonly name: string; readonly data: Uint8Array } | undefined,
): Uint8Array<ArrayBuffer> {
  const extraBytes = extra === undefined ? 0 : 4 + extra.data.length;
  const member = new Uint8Array(MEMBER_OVERHEAD_BYTES + extraBytes + deflated.length);
  const view = new DataView(member.buffer);
  member.set(HEAD);
  view.setUint16(10, SIZE_FIELD_BYTES + extraBytes, true);
  member.set([0x42, 0x53], HEAD_BYTES);
  view.setUint16(HEAD_BYTES + 2, 4, true);
  view.setUint32(HEAD_BYTES + 4, member.length, true);
  if (extra !== undefined) {
    member.set([extra.name.charCodeAt(0), extra.name.charCodeAt(1)], MEMBER_FIELDS_START);
    view.setUint16(MEMBER_FIELDS_START + 2, extra.data.length, true);
    member.set(extra.data, MEMBER_FIELDS_START + 4);
  }
  const dataStart = MEMBER_FIELDS_START + extraBytes;
  member.set(deflated, dataStart);
  view.setUint32(dataStart + deflated.length, crc, true);
  view.setUint32(dataStart + deflated.length + 4, length % 2 ** 32, true);
  return member;
}

/** A whole member of ours at the start of some bytes. */
export interface GzipMember {
  readonly sizeBytes: number;
  /** The further subfield, if there is one: such a member has no bytes of its own. */
  readonly field: { readonly name: string; readonly data: Buffer } | undefined;
  readonly deflated: Buffer;
  readonly crc: number;
  /** Of the decompressed bytes. */
  readonly contentBytes: number;
}

/**
 * The member that `bytes` start with; undefined when they end before it does.
 * @throws RangeError when this is no member of the kind that `gzipMember` makes.
 */
export function gzipMemberAt(bytes: Buffer): GzipMember | undefined {
  if (bytes.length < MEMBER_FIELDS_START) return undefined;
  if (HEAD.some((byte, i) => bytes[i] !== byte) || bytes.toString('latin1', HEAD_BYTES, HEAD_BYTES + 2) !== 'BS') {
    throw new RangeError('no gzip member of a segment starts here');
  }
  const extraBytes = bytes.readUInt16LE(10) - SIZE_FIELD_BYTES;
  const sizeBytes = bytes.readUInt32LE(HEAD_BYTES + 4);
  if (bytes.readUInt16LE(HEAD_BYTES + 2) !== 4 || extraBytes < 0 || sizeBytes < MEMBER_OVERHEAD_BYTES + extraBytes) {
    throw new RangeError('a gzip member has an impossible size');
  }
  if (sizeBytes > bytes.length) return undefined;
  const dataStart = MEMBER_FIELDS_START + extraBytes;
  return {
    sizeBytes,
    field: readField(bytes.subarray(MEMBER_FIELDS_START, dataStart)),
    deflated: bytes.subarray(dataStart, sizeBytes - TAIL_BYTES),
    crc: bytes.readUInt32LE(sizeBytes - 8),
    contentBytes: bytes.readUInt32LE(sizeBytes - 4),
  };
}

function readField(extra: Buffer): GzipMember['field'] {
  if (extra.length === 0) return undefined;
  if (extra.length < 4 || extra.readUInt16LE(2) !== extra.length - 4) {
    throw new RangeError('a gzip member has a broken extra field');
  }
  return { name: extra.toString('latin1', 0, 2), data: extra.subarray(4) };
}

/** The member's bytes. @throws Error when they are not what checksum and length say. */
export function inflateMember(member: GzipMember, bytesMax: number): Uint8Array {
  if (member.contentBytes > bytesMax) throw new RangeError(`more than ${bytesMax} bytes in a gzip member`);
  const maxOutputLength = Math.max(1, member.contentBytes);
  const bytes = zlib.inflateRawSync(member.deflated, { maxOutputLength, chunkSize: member.contentBytes + 64 });
  if (bytes.length !== member.contentBytes || zlib.crc32(bytes) !== member.crc) {
    throw new RangeError('the checksum of a gzip member does not match');
  }
  return bytes;
}
