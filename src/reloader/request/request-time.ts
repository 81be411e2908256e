/** `2026-03-01`, or with a time and a zone: what RFC 3339 allows, with a `T` and optional seconds. */
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Milliseconds since 1970 of a point in time as a request gives it. A date alone is its midnight in UTC. Undefined when
 * it cannot be understood, or has no time zone: it would mean another moment on every machine.
 */
export function parsePointInTime(value: string | number): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
  if (!DATE.test(value) && !DATE_TIME.test(value)) return undefined;
  const ms = Date.parse(value);
  if (Number.isNaN(ms) || !isCalendarDate(value)) return undefined;
  return BigInt(ms);
}

/** `Date.parse` takes February 30 for March 2. */
function isCalendarDate(value: string): boolean {
  const date = value.slice(0, 10);
  const ms = Date.parse(date);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}
