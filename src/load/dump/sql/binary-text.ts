import { isUtf8 } from 'node:buffer';

/**
 * The bytes of a dump as a string with one character for each: it can be searched and cut fast, and what is no text (a
 * blob that is written raw) survives. Values become text only when they are taken out.
 */
export type BinaryText = string;

/** Text of bytes, or undefined when they are none. */
export type Decode = (binary: BinaryText) => string | undefined;

// eslint-disable-next-line no-control-regex
const BEYOND_ASCII = /[^\u0000-\u007f]/;

/** The bytes that a binary text stands for. */
export function bytesOf(binary: BinaryText): Uint8Array {
  return Buffer.from(binary, 'latin1');
}

/** UTF-8, as nearly all dumps are. */
export function decodeUtf8(binary: BinaryText): string | undefined {
  if (!BEYOND_ASCII.test(binary)) return binary;
  const bytes = Buffer.from(binary, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** ISO 8859-1: every byte is a character. */
function decodeLatin1(binary: BinaryText): string {
  return binary;
}

/** Names of encodings, as PostgreSQL and MySQL write them, in capital letters. */
const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['UTF8', decodeUtf8],
  ['UTF-8', decodeUtf8],
  ['UNICODE', decodeUtf8],
  ['UTF8MB3', decodeUtf8],
  ['UTF8MB4', decodeUtf8],
  ['BINARY', decodeUtf8],
  ['SQL_ASCII', decodeUtf8],
  ['ASCII', decodeUtf8],
  ['LATIN1', decodeLatin1],
  ['WIN1252', decodeWith('windows-1252')],
  ['WIN1251', decodeWith('windows-1251')],
  ['WIN1250', decodeWith('windows-1250')],
  ['LATIN2', decodeWith('iso-8859-2')],
  ['LATIN9', decodeWith('iso-8859-15')],
  ['EUC_JP', decodeWith('euc-jp')],
  ['EUC_KR', decodeWith('euc-kr')],
]);

/** The decoder for the name of an encoding; undefined when it is not known. */
export function decoderNamed(name: string): Decode | undefined {
  return DECODERS.get(name.toUpperCase());
}

function decodeWith(label: string): Decode {
  const decoder = new TextDecoder(label, { fatal: true });
  return (binary) => {
    try {
      return BEYOND_ASCII.test(binary) ? decoder.decode(bytesOf(binary)) : binary;
    } catch {
      return undefined;
    }
  };
}
