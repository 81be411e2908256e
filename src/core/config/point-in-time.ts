import type { OptionType } from './option.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** A time such as `2026-01-31T08:30:00Z`, or a date, which is its midnight in UTC. Milliseconds since 1970. */
export const pointInTime: OptionType<number, 'Ms'> = {
  placeholder: 'time',
  suffix: 'Ms',
  parse: (raw) => {
    const ms = typeof raw === 'string' ? parsePointInTime(raw) : undefined;
    return ms === undefined ? { problem: 'must be a time such as 2026-01-31T08:30:00Z, or a date' } : { value: ms };
  },
  show: (value) => new Date(value).toISOString(),
  schema: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*(Z|[+-][0-9]{2}:[0-9]{2}))?$' },
};

/** Milliseconds since 1970; undefined without a zone, since no zone is guessed, and for days that do not exist. */
export function parsePointInTime(given: string): number | undefined {
  if (!DATE.test(given) && !DATE_TIME.test(given)) return undefined;
  const ms = Date.parse(given);
  // `Date.parse` takes February 30 for March 2.
  const day = given.slice(0, 10);
  const dayMs = Date.parse(day);
  if (Number.isNaN(ms) || Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(day)) return undefined;
  return ms;
}
