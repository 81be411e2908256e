import { pipeline, Readable, type Transform } from 'node:stream';

/** What a transforming stream makes of the bytes; whoever stops early stops both, and an error of either comes out. */
export async function* through(pieces: AsyncIterable<Uint8Array>, transform: Transform): AsyncGenerator<Uint8Array> {
  pipeline(Readable.from(pieces), transform, () => undefined);
  yield* transform as AsyncIterable<Uint8Array>;
}
