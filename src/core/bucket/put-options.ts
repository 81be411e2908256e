import { assert } from '../assert.ts';
import type { PutOptions } from './bucket.ts';

const METADATA_BYTES_MAX = 2_000;
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const VALUE = /^[!-~](?:[ -~]*[!-~])?$/;

/** Refuses metadata that some store would lose or change. We make it, so a violation is a programmer error. */
export function assertPutOptions(options: PutOptions): void {
  let sizeBytes = 0;
  for (const [name, value] of Object.entries(options.metadata ?? {})) {
    assert(NAME.test(name), `metadata name ${JSON.stringify(name)} is lower-case letters, digits and single hyphens`);
    assert(VALUE.test(value), `metadata ${name} is printable ASCII, not empty, without a space at either end`);
    sizeBytes += name.length + value.length;
  }
  assert(sizeBytes <= METADATA_BYTES_MAX, `metadata has at most ${METADATA_BYTES_MAX} bytes`);
}
