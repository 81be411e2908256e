import type { OptionType } from './option.ts';
import { parsePointInTime } from './point-in-time.ts';

/** Where archiving starts in a partition that neither the group nor the archive knows. */
export type StartPosition = 'earliest' | 'latest' | { readonly timestampMs: number };

const FORMS = 'must be earliest, latest or a time such as 2026-01-31T00:00:00Z';

/** `earliest`, `latest`, or the time of the first record to take (ISO 8601 with a zone, or a date). */
export const startPosition: OptionType<StartPosition> = {
  placeholder: 'earliest|latest|time',
  suffix: '',
  parse: (raw) => {
    if (typeof raw !== 'string') return { problem: FORMS };
    const word = raw.toLowerCase();
    if (word === 'earliest' || word === 'latest') return { value: word };
    const timestampMs = parsePointInTime(raw);
    return timestampMs === undefined ? { problem: FORMS } : { value: Object.freeze({ timestampMs }) };
  },
  show: (value) => (typeof value === 'string' ? value : new Date(value.timestampMs).toISOString()),
  schema: {
    type: 'string',
    pattern: '^(earliest|latest|[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*(Z|[+-][0-9]{2}:[0-9]{2}))?)$',
  },
};
