/** Why a value cannot become what the mapping says. */
export class Refusal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** JSON text of a value, or why there is none. */
export type Converted = string | Refusal;

/** Kind of a value for messages: `text`, `whole number`. */
function kindOf(value: unknown): string {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'bigint') return 'a whole number';
  if (typeof value === 'number') return 'a double';
  if (typeof value === 'boolean') return 'a boolean';
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value === 'object' && value !== null && 'kind' in value) {
    const names: Readonly<Record<string, string>> = {
      decimal: 'a decimal',
      instant: 'a point in time',
      timestamp: 'a date and time without a zone',
      date: 'a date',
      time: 'a time of day',
      document: 'an object or array',
    };
    return names[String(value.kind)] ?? 'something unknown';
  }
  return 'nothing';
}

/** The refusal for a value of a kind that the type cannot be made from without saying how. */
export function wrongKind(value: unknown, type: string): Refusal {
  return new Refusal(`${kindOf(value)} does not become ${type}`);
}
