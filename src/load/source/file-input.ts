import { open, stat } from 'node:fs/promises';
import type { ByteInput } from './byte-input.ts';
import { reasonOf, unreadable } from './unreadable.ts';

const PIECE_BYTES = 256 * 1024;

/**
 * The bytes of a file on this machine, as they are. A pipe with a name (as a shell's `<(...)` is) can be read but once.
 * @throws LOAD_INPUT_UNREADABLE when there is no such file.
 */
export async function fileInput(path: string): Promise<ByteInput> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, reasonOf(cause), { cause });
  });
  const sizeBytes = facts.isFile() ? facts.size : undefined;
  let readBytes = 0;
  return {
    name: path,
    sizeBytes,
    readOnce: sizeBytes === undefined,
    get readBytes() {
      return readBytes;
    },
    async *open() {
      readBytes = 0;
      for await (const piece of pieces(path)) {
        readBytes += piece.length;
        yield piece;
      }
      if (sizeBytes !== undefined && readBytes < sizeBytes) {
        throw unreadable(path, `it ends after ${readBytes} of ${sizeBytes} bytes: something has cut it meanwhile`);
      }
    },
  };
}

async function* pieces(path: string): AsyncGenerator<Uint8Array> {
  try {
    await using file = await open(path);
    for (;;) {
      // A piece is handed on and kept by whoever reads: it cannot be used again.
      const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
      const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (cause) {
    throw unreadable(path, reasonOf(cause), { cause });
  }
}
