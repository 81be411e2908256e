// The module's entry: what JavaScript calls. See ../wasm-encoder.ts and ../wasm-decoder.ts.
import { fillCrcTables } from './crc32c';
import { fillTables } from './text';

export { crc32c } from './crc32c';
export * from './encode';
export * from './decode';

fillTables();
fillCrcTables();

/** The first address that is free for the caller's input and output areas. */
export function areasStart(): usize {
  return (__heap_base + 15) & ~15;
}
