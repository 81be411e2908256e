import type { OptionTable } from './option.ts';

// Option names: how one path in the file becomes a variable, a flag and a property.

/** `storer.rotation.ageMax` -> `BSS_STORER_ROTATION_AGE_MAX`. */
export function variableName(path: string): string {
  const words = path.replaceAll('.', '_').replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `BSS_${words.toUpperCase()}`;
}

/** `fromOffset` -> `--from-offset`; paths with dots stay as they are in the file: `--kafka.clientId`. */
export function flagName(path: string): string {
  if (path.includes('.')) return `--${path}`;
  return `--${path.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()}`;
}

/** What flags are compared by: upper and lower case and dashes within the name make no difference. */
export function flagKey(name: string): string {
  return name.replaceAll('-', '').toLowerCase();
}

// Option names: how one path in the file becomes a variable, a flag and a property.

/** `storer.rotation.ageMax` of a duration -> `storer.rotation.ageMaxMs`, its place in the typed configuration. */
export function propertyPath(path: string, table: OptionTable): string {
  return path + (table[path]?.type.suffix ?? '');
}
