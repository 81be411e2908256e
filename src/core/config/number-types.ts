import type { Offset } from '../record/topic-partition.ts';
import type { OptionType, Parsed, RawValue } from './option.ts';

const OFFSET_MAX = 2n ** 63n - 1n;

/** An offset of a partition. */
export const offset: OptionType<Offset> = {
  placeholder: 'offset',
  suffix: '',
  parse: (raw) => {
    const text = typeof raw === 'number' ? String(raw) : raw;
    const value = typeof text === 'string' && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
    return value === undefined || value > OFFSET_MAX
      ? { problem: `must be an offset from 0 to ${OFFSET_MAX}` }
      : { value };
  },
  show: String,
  schema: { type: ['string', 'integer'], pattern: '^[0-9]{1,19}$' },
};

/** Whole numbers from `min` to `max`; in flags and variables separated by commas. */
export function integerList(min: number, max: number): OptionType<readonly number[]> {
  const problem = `must be whole numbers from ${min} to ${max}, separated by commas`;
  return {
    placeholder: 'number,...',
    suffix: '',
    parse: (raw) => parseIntegers(raw, min, max, problem),
    show: (value) => value.join(','),
    schema: { type: 'array', items: { type: 'integer', minimum: min, maximum: max }, minItems: 1 },
  };
}

function parseIntegers(raw: RawValue, min: number, max: number, problem: string): Parsed<readonly number[]> {
  const items: readonly unknown[] = typeof raw === 'string' ? raw.split(',') : Array.isArray(raw) ? raw : [raw];
  const values: number[] = [];
  for (const item of items) {
    const value = typeof item === 'string' && /^\s*\d+\s*$/.test(item) ? Number(item) : item;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) return { problem };
    values.push(value);
  }
  return values.length === 0 ? { problem } : { value: Object.freeze(values) };
}
