import type { ByteInput } from './byte-input.ts';
import { reasonOf, unreadable } from './unreadable.ts';

/** The bytes of a pipe: they can be read once, and nobody knows how many there are. */
export function streamInput(name: string, stream: AsyncIterable<Uint8Array>): ByteInput {
  let readBytes = 0;
  let isOpened = false;
  return {
    name,
    sizeBytes: undefined,
    readOnce: true,
    get readBytes() {
      return readBytes;
    },
    async *open() {
      if (isOpened) {
        throw unreadable(name, 'it can be read but once, and was', { hint: 'Write it to a file, and load the file.' });
      }
      isOpened = true;
      try {
        for await (const piece of stream) {
          readBytes += piece.length;
          yield piece;
        }
      } catch (cause) {
        throw unreadable(name, `after ${readBytes} bytes: ${reasonOf(cause)}`, { cause });
      }
    },
  };
}
