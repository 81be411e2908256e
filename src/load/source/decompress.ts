import { createGunzip } from 'node:zlib';
import type { ByteInput } from './byte-input.ts';
import { firstBytes } from './first-bytes.ts';
import { through } from './through.ts';
import { reasonOf, unreadable } from './unreadable.ts';
import { zstdFrames } from './zstd-frames.ts';

/** How files are compressed that can be read. */
type Compression = 'gzip' | 'zstd';

interface Packing {
  readonly name: string;
  readonly magic: readonly number[];
  readonly suffixes: readonly string[];
  /** What writes out the contents of a file. */
  readonly unpack: string;
  readonly compression?: Compression;
}

const PACKINGS: readonly Packing[] = [
  { name: 'gzip', magic: [0x1f, 0x8b, 8], suffixes: ['.gz', '.gzip'], unpack: 'gzip -dc', compression: 'gzip' },
  {
    name: 'zstd',
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    suffixes: ['.zst', '.zstd'],
    unpack: 'zstd -dc',
    compression: 'zstd',
  },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], suffixes: ['.bz2'], unpack: 'bzip2 -dc' },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], suffixes: ['.xz'], unpack: 'xz -dc' },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18], suffixes: ['.lz4'], unpack: 'lz4 -dc' },
  { name: 'compress', magic: [0x1f, 0x9d], suffixes: ['.Z'], unpack: 'gzip -dc' },
  { name: 'zip', magic: [0x50, 0x4b, 0x03, 0x04], suffixes: ['.zip'], unpack: 'unzip -p' },
];
/** A zstd file may begin with a frame that holds no data: magic numbers 0x184D2A50 to 0x184D2A5F. */
const SKIPPABLE_ZSTD = [0x2a, 0x4d, 0x18];
const MAGIC_BYTES = 6;

/** The name without the suffix of a compression. */
export function plainName(name: string): string {
  const suffix = packingByName(name)?.suffixes.find((end) => name.endsWith(end)) ?? '';
  return name.slice(0, name.length - suffix.length);
}

/**
 * The bytes of an input as they were before it was compressed, which its first bytes tell. `readBytes` and `sizeBytes`
 * stay those of the compressed input.
 * @throws LOAD_INPUT_UNREADABLE while it is read: a compression that is not known, damage, an end that comes too early.
 */
export function decompressed(input: ByteInput): ByteInput {
  return {
    name: input.name,
    sizeBytes: input.sizeBytes,
    readOnce: input.readOnce,
    get readBytes() {
      return input.readBytes;
    },
    async *open() {
      const pieces = input.open()[Symbol.asyncIterator]();
      const once: ByteInput = {
        name: input.name,
        sizeBytes: input.sizeBytes,
        readOnce: true,
        get readBytes() {
          return input.readBytes;
        },
        open: () => ({ [Symbol.asyncIterator]: () => pieces }),
      };
      const { head, input: whole } = await firstBytes(once, MAGIC_BYTES);
      const compression = compressionOf(input.name, head);
      if (compression === undefined) yield* whole.open();
      else yield* unpacked(whole, compression);
    },
  };
}

function compressionOf(name: string, head: Uint8Array): Compression | undefined {
  const isSkippable =
    ((head[0] ?? 0) & 0xf0) === 0x50 && SKIPPABLE_ZSTD.every((byte, index) => head[index + 1] === byte);
  if (isSkippable) return 'zstd';
  const packing = PACKINGS.find(({ magic }) => magic.every((byte, index) => head[index] === byte));
  const promised = packingByName(name);
  if (packing === undefined && promised !== undefined) {
    throw unreadable(name, `its name says that it is compressed with ${promised.name}, its first bytes do not`, {
      hint: head.length === 0 ? 'It is empty.' : 'Give it the name that it should have.',
    });
  }
  if (packing === undefined || packing.compression !== undefined) return packing?.compression;
  throw unreadable(name, `it is compressed with ${packing.name}, which cannot be read here`, {
    hint: `Decompress it on the way, and read that from the standard input: ${packing.unpack} ${name} | bss load - ...`,
  });
}

function packingByName(name: string): Packing | undefined {
  return PACKINGS.find(({ suffixes }) => suffixes.some((suffix) => name.endsWith(suffix)));
}

async function* unpacked(input: ByteInput, compression: Compression): AsyncGenerator<Uint8Array> {
  const inputs = input.open();
  const output = compression === 'gzip' ? through(inputs, createGunzip()) : zstdFrames(inputs);
  try {
    yield* output;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'LOAD_INPUT_UNREADABLE') throw cause;
    const isCut = cause instanceof Error && 'code' in cause && cause.code === 'Z_BUF_ERROR';
    const reason = isCut ? `the ${compression} data end too early` : `the ${compression} data are damaged`;
    throw unreadable(input.name, `${reason} (after ${input.readBytes} bytes of it: ${reasonOf(cause)})`, {
      hint: 'Get a whole copy of it. What came before may have been loaded; a load that is begun anew needs its own id.',
      cause,
    });
  }
}
