import type { RawValue } from './option.ts';

const UNITS_BYTES: Readonly<Record<string, number>> = {
  TiB: 2 ** 40,
  TB: 1e12,
  GiB: 2 ** 30,
  GB: 1e9,
  MiB: 2 ** 20,
  MB: 1e6,
  KiB: 2 ** 10,
  KB: 1e3,
  B: 1,
};

/** Bytes of `64MiB`, `8MB`, `512 KiB` or a bare number of bytes; undefined when it is none. */
export function parseSize(raw: RawValue): number | undefined {
  if (typeof raw === 'number') return Number.isInteger(raw) && raw >= 0 ? raw : undefined;
  const match = typeof raw === 'string' ? /^(\d+(?:\.\d+)?) ?([KMGT]i?B|B)$/.exec(raw) : null;
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (UNITS_BYTES[match[2] ?? ''] ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The size in the largest unit that gives a whole number; `parseSize` reads it back. */
export function showSize(bytes: number): string {
  if (bytes === 0) return '0B';
  for (const [unit, unitBytes] of Object.entries(UNITS_BYTES)) {
    if (bytes % unitBytes === 0) return `${bytes / unitBytes}${unit}`;
  }
  return `${bytes}B`;
}
