import type { OptionType } from './option.ts';

/** Where archiving starts in a partition that neither the group nor the archive knows. */
export type StartPosition = 'earliest' | 'latest' | { readonly timestampMs: number };

const FORMS = 'must be earliest, latest or a time such as 2026-01-31T00:00:00Z';

/** `earliest`, `latest`, or the time of the first record to take (ISO 8601 with a zone). */
export const startPosition: OptionType<StartPosition> = {
  placeholder: 'earliest|latest|time',
  suffix: '',
  parse: (raw) => {
    if (typeof raw !== 'string') return { problem: FORMS };
    const word = raw.toLowerCase();
    if (word === 'earliest' || word === 'latest') return { value: word };
    const timestampMs = parseTime(raw);
    return timestampMs === undefined ? { problem: FORMS } : { value: Object.freeze({ timestampMs }) };
  },
  show: (value) => (typeof value === 'string' ? value : new Date(value.timestampMs).toISOString()),
  schema: { type: 'string', pattern: '^(earliest|latest|[0-9]{4}-[0-9]{2}-[0-9]{2}T.*(Z|[+-][0-9]{2}:[0-9]{2}))$' },
};

/** Milliseconds since 1970 of a time with a zone; undefined when it is none, so that no zone is ever guessed. */
export function parseTime(given: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(given)) return undefined;
  const ms = Date.parse(given);
  return Number.isNaN(ms) ? undefined : ms;
}
