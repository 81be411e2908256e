const STEPS = [
  { factor: 1e12, letter: 'T' },
  { factor: 1e9, letter: 'G' },
  { factor: 1e6, letter: 'M' },
  { factor: 1e3, letter: 'k' },
];

/** `1,234,567`: exact, with commas. */
export function formatCount(count: number | bigint): string {
  return count.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1.2 M`, `34 k`, `512`: about two digits, for rates and overviews. */
export function formatCompact(amount: number): string {
  const { value, letter } = scaled(amount);
  return letter === '' ? value : `${value} ${letter}`;
}

/** `34 MB`, `1.2 GB`, `512 B`: decimal, as stores and disks count. */
export function formatBytes(bytes: number): string {
  const { value, letter } = scaled(bytes);
  return `${value} ${letter}B`;
}

/** `1.2 M records/s`, or `34 MB/s` when the unit is `bytes`. */
export function formatRate(perSecond: number, unit: string): string {
  return unit === 'bytes' ? `${formatBytes(perSecond)}/s` : `${formatCompact(perSecond)} ${unit}/s`;
}

/** `350 ms`, `1.2 s`, `2 min 5 s`, `3 h 4 min`, `2 d 1 h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 9_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(seconds, 60, 'min', 1, 's');
  if (seconds < 86_400) return pair(seconds, 3600, 'h', 60, 'min');
  return pair(seconds, 86_400, 'd', 3600, 'h');
}

function pair(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const whole = Math.floor(seconds / large);
  const rest = Math.floor((seconds % large) / small);
  return rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`;
}

/** Below 10 with one decimal; the step is chosen after rounding, so that 999,999 is 1.0 M and not 1000 k. */
function scaled(amount: number): { readonly value: string; readonly letter: string } {
  for (const { factor, letter } of STEPS) {
    const value = amount / factor;
    if (Math.abs(value) < 0.9995) continue;
    return { value: Math.abs(value) < 9.95 ? value.toFixed(1) : value.toFixed(0), letter };
  }
  const exact = Number.isInteger(amount) || Math.abs(amount) >= 9.95;
  return { value: exact ? amount.toFixed(0) : amount.toFixed(1), letter: '' };
}
