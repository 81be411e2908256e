import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../core/assert.ts';

/** The version in package.json, such as `0.1.0`. */
export function packageVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));
  assert(typeof parsed === 'object' && parsed !== null && 'version' in parsed, 'package.json has a version');
  return String(parsed.version);
}
