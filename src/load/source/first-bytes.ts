import type { ByteInput } from './byte-input.ts';

/** The beginning of an input, and the input to go on with. */
export interface FirstBytes {
  /** As many as were asked for, fewer only when there are no more. */
  readonly head: Uint8Array;
  /** The whole input, its beginning included. */
  readonly input: ByteInput;
}

/** Reads the first bytes of an input. One that can be read but once is not spent by it. */
export async function firstBytes(input: ByteInput, count: number): Promise<FirstBytes> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const iterator = input.open()[Symbol.asyncIterator]();
  while (length < count) {
    const next = await iterator.next();
    if (next.done === true) break;
    pieces.push(next.value);
    length += next.value.length;
  }
  const head = Buffer.concat(pieces).subarray(0, count);
  if (input.readOnce !== true) {
    await iterator.return?.();
    return { head, input };
  }
  const rest = { [Symbol.asyncIterator]: () => iterator };
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces;
      yield* rest;
    } finally {
      await iterator.return?.();
    }
  }
  let opened: AsyncIterable<Uint8Array> | undefined;
  return {
    head,
    input: {
      name: input.name,
      sizeBytes: input.sizeBytes,
      readOnce: true,
      get readBytes() {
        return input.readBytes;
      },
      // The second time the input itself says that it cannot be done.
      open: () => (opened === undefined ? (opened = whole()) : input.open()),
    },
  };
}
