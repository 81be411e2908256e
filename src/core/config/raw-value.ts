import type { RawValue } from './option.ts';

/** True for a list. (`Array.isArray` would make its items `any`.) */
export function isList(value: RawValue | undefined): value is readonly RawValue[] {
  return Array.isArray(value);
}

/** True for a mapping of names to values. */
export function isObject(value: RawValue | undefined): value is { readonly [key: string]: RawValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
