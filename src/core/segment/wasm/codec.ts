// The module's entry: what JavaScript calls. See ../wasm-encoder.ts and ../wasm-decoder.ts.
import { fillTables } from './text';

export * from './encode';
export * from './decode';

fillTables();

/** The first address that is free for the caller's input and output areas. */
export function areasStart(): usize {
  return (__heap_base + 15) & ~15;
}
