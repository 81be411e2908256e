import { AppError } from '../../core/errors.ts';

/** Encodings of text that can be read. UTF-16 without a byte order mark is little-endian unless it says `be`. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1' | 'windows-1252';

/** The encodings, as users write them. */
export const TEXT_ENCODINGS: readonly TextEncoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'latin1', 'windows-1252'];

/** Bytes that Windows-1252 has no character for. Decoders of the web make control characters of them, silently. */
const UNDEFINED_1252 = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

/**
 * Text of bytes as they come, a byte order mark left out. Nothing is replaced: bytes that are not text in that encoding
 * end it.
 * @throws LOAD_INPUT_UNREADABLE
 */
export async function* decodeText(
  chunks: AsyncIterable<Uint8Array>,
  encoding: TextEncoding,
  name: string,
): AsyncGenerator<string> {
  const decode = decoderOf(encoding);
  let position = 0;
  for await (const chunk of chunks) {
    yield decodeOr(() => decode(chunk, false), { name, encoding, from: position, to: position + chunk.length });
    position += chunk.length;
  }
  yield decodeOr(() => decode(undefined, true), { name, encoding, from: position, to: position });
}

type Decode = (chunk: Uint8Array | undefined, isLast: boolean) => string;

function decoderOf(encoding: TextEncoding): Decode {
  // A TextDecoder takes latin1 for Windows-1252.
  if (encoding === 'latin1') {
    return (chunk) =>
      chunk === undefined ? '' : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
  }
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (chunk, isLast) => {
    if (encoding === 'windows-1252' && chunk?.some((byte) => UNDEFINED_1252.has(byte)) === true) {
      throw new TypeError('a byte has no meaning in Windows-1252');
    }
    return decoder.decode(chunk, { stream: !isLast });
  };
}

/** A part of an input, in bytes. */
export interface TextPlace {
  readonly name: string;
  readonly encoding: TextEncoding;
  readonly from: number;
  readonly to: number;
}

function decodeOr(decode: () => string, place: TextPlace): string {
  try {
    return decode();
  } catch (cause) {
    throw notText(place, cause);
  }
}

/** The error for bytes that are not text in the encoding that they should have. */
export function notText({ name, encoding, from, to }: TextPlace, cause?: unknown): AppError {
  const where = from === to ? `at its end (byte ${to})` : `between bytes ${from} and ${to}`;
  return new AppError('LOAD_INPUT_UNREADABLE', `cannot read ${name}: ${where} it is not ${encoding}`, {
    subject: name,
    hint: 'Say which encoding it has (`input.csv.encoding` of the mapping); nothing is replaced or guessed.',
    cause,
  });
}
