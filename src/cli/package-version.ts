import { readFileSync } from 'node:fs';
import { assert } from '../core/assert.ts';

/** The version in package.json, such as `0.1.0`. */
export function packageVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  assert(typeof parsed === 'object' && parsed !== null && 'version' in parsed, 'package.json has a version');
  return String(parsed.version);
}
