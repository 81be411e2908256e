import { isUtf8 } from 'node:buffer';
import { decodeText, notText, type TextEncoding } from './decode-text.ts';

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * Text as well-formed UTF-8, in pieces that end between characters, a byte order mark left out. What is UTF-8 already is
 * looked at and handed on.
 * @throws LOAD_INPUT_UNREADABLE for bytes that are not text in that encoding
 */
export async function* utf8Pieces(
  chunks: AsyncIterable<Uint8Array>,
  encoding: TextEncoding,
  name: string,
): AsyncGenerator<Buffer> {
  if (encoding !== 'utf-8') {
    for await (const text of decodeText(chunks, encoding, name)) if (text !== '') yield Buffer.from(text);
    return;
  }
  let rest: Buffer = Buffer.alloc(0);
  let position = 0;
  let isBegun = false;
  for await (const chunk of chunks) {
    const added = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const bytes = rest.length === 0 ? added : Buffer.concat([rest, added]);
    const end = bytes.length - openBytes(bytes);
    const piece = bytes.subarray(0, end);
    if (!isUtf8(piece)) throw notText({ name, encoding, from: position, to: position + chunk.length });
    rest = bytes.subarray(end);
    position += chunk.length;
    if (piece.length === 0) continue;
    yield isBegun ? piece : withoutMark(piece);
    isBegun = true;
  }
  if (rest.length > 0) throw notText({ name, encoding, from: position, to: position });
}

function withoutMark(piece: Buffer): Buffer {
  return piece.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
    ? piece.subarray(BYTE_ORDER_MARK.length)
    : piece;
}

/** How many bytes at the end are the beginning of a character whose other bytes are yet to come. */
function openBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes.at(-back) ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return size > back ? back : 0;
  }
  return 0;
}
