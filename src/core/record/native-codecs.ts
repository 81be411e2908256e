import { createRequire } from 'node:module';
import type * as Lz4 from 'lz4-napi';
import type * as Snappy from 'snappy';

// Loaded when the first batch of that kind comes: most topics have none, and every thread starts sooner without.
const require = createRequire(import.meta.url);
let loadedLz4: typeof Lz4 | undefined;
let loadedSnappy: typeof Snappy | undefined;

/** LZ4, blocks and frames. */
export function lz4(): typeof Lz4 {
  return (loadedLz4 ??= require('lz4-napi') as typeof Lz4);
}

/** Snappy's blocks. */
export function snappy(): typeof Snappy {
  return (loadedSnappy ??= require('snappy') as typeof Snappy);
}
