import type { InputFormat } from '../mapping/load-mapping.ts';
import { inputName } from './input-name.ts';
import { unreadable } from './unreadable.ts';

/** Enough of an input to tell what it is. */
export const FORMAT_HEAD_BYTES = 4096;

/** First bytes of an archive of mongodump. */
const MONGO_ARCHIVE_MAGIC = 0x8199e26d;
const SQL_START =
  /^(?:--|\/\*|\\(?:restrict|connect)\b|(?:alter|begin|copy|create|drop|insert|lock|replace|select|set|start|use)\s)/i;
const SAY_FORMAT =
  'Say what it is: --input-format csv (or jsonl, sql, bson, parquet), or `input.format` of the mapping.';

/**
 * What an input holds. Magic numbers decide first, then the suffix of the name, then how the text begins; CSV, which looks
 * like nothing in particular, is never guessed.
 * @param head the first bytes, decompressed
 * @throws LOAD_INPUT_UNREADABLE when nothing tells, or it is a kind of dump that cannot be read.
 */
export function detectFormat(name: string, head: Uint8Array): InputFormat {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  const magic = bytes.toString('latin1', 0, 5);
  if (magic.startsWith('PAR1')) return 'parquet';
  if (isMongoArchive(head)) return 'bson';
  if (magic === 'PGDMP') {
    throw unreadable(name, 'it is a dump of pg_dump in its custom or directory format', {
      hint: `Make SQL of it on the way: pg_restore -f - ${name} | bss load - ...`,
    });
  }
  const { format } = inputName(name);
  if (format !== undefined) return format;
  if (looksLikeBson(bytes)) return 'bson';
  const text = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (text.startsWith('{')) return 'jsonl';
  if (SQL_START.test(text)) return 'sql';
  if (text.startsWith('[')) {
    throw unreadable(name, 'it is one JSON array, not an object on each line', {
      hint: `Make lines of it on the way: jq -c '.[]' ${name} | bss load - ...`,
    });
  }
  throw unreadable(name, 'neither its name nor its first bytes tell what it is', { hint: SAY_FORMAT });
}

/** True for an archive of mongodump (`--archive`), whose namespaces are one after the other or interleaved. */
export function isMongoArchive(head: Uint8Array): boolean {
  return head.length >= 4 && Buffer.from(head.buffer, head.byteOffset, 4).readUInt32LE() === MONGO_ARCHIVE_MAGIC;
}

/** A document begins with its length and the type of its first element, and has a zero byte after that one's name. */
function looksLikeBson(bytes: Buffer): boolean {
  if (bytes.length < 5) return false;
  const length = bytes.readInt32LE();
  const type = bytes.readInt8(4);
  if (length === 5) return type === 0;
  const isType = (type >= 1 && type <= 19) || type === -1 || type === 127;
  return length > 5 && length <= 64 * 1024 * 1024 && isType && bytes.indexOf(0, 5) > 0;
}
