import type { RawValue } from './option.ts';

const UNITS_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of `500ms`, `1h30m`, `1.5s` or a bare number of milliseconds; undefined when it is none. */
export function parseDuration(raw: RawValue): number | undefined {
  if (typeof raw === 'number') return Number.isInteger(raw) && raw >= 0 ? raw : undefined;
  if (typeof raw !== 'string' || !/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(raw)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of raw.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    ms += Number(amount) * (UNITS_MS[unit ?? ''] ?? Number.NaN);
  }
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** The shortest way to write the duration that `parseDuration` reads back. */
export function showDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let shown = '';
  for (const [unit, unitMs] of Object.entries(UNITS_MS)) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) shown += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return shown;
}
