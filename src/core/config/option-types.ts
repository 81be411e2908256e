import type { OptionType, Parsed, RawValue } from './option.ts';
import { parseDuration, showDuration } from './parse-duration.ts';
import { isList } from './raw-value.ts';
import { parseSize, showSize } from './parse-size.ts';

/** Any text that is not empty. */
export const text: OptionType<string> = {
  placeholder: 'text',
  suffix: '',
  parse: (raw) => (typeof raw === 'string' && raw !== '' ? { value: raw } : { problem: 'must be a text' }),
  show: (value) => value,
  schema: { type: 'string', minLength: 1 },
};

/** The path of a file. */
export const filePath: OptionType<string> = { ...text, placeholder: 'file' };

/** `true` or `false`. */
export const boolean: OptionType<boolean> = {
  placeholder: 'true|false',
  suffix: '',
  parse: (raw) => (typeof raw === 'boolean' ? { value: raw } : { problem: 'must be true or false' }),
  fromText: (given) => ({ true: true, false: false })[given.toLowerCase()] ?? given,
  show: String,
  schema: { type: 'boolean' },
};

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): OptionType<number> {
  return {
    placeholder: `${min}..${max}`,
    suffix: '',
    parse: (raw) =>
      typeof raw === 'number' && Number.isInteger(raw) && raw >= min && raw <= max
        ? { value: raw }
        : { problem: `must be a whole number from ${min} to ${max}` },
    fromText: (given) => (/^-?\d+$/.test(given) ? Number(given) : given),
    show: String,
    schema: { type: 'integer', minimum: min, maximum: max },
  };
}

/** One of a few words; upper and lower case are the same. */
export function oneOf<const Word extends string>(...words: readonly Word[]): OptionType<Word> {
  return {
    placeholder: words.join('|'),
    suffix: '',
    parse: (raw) => {
      const found = words.find((word) => typeof raw === 'string' && word.toLowerCase() === raw.toLowerCase());
      return found === undefined ? { problem: `must be one of ${words.join(', ')}` } : { value: found };
    },
    show: (value) => value,
    schema: { enum: [...words] },
  };
}

/** A duration such as `500ms`, `10m` or `1h30m`; a bare number is milliseconds. Both bounds are part of it. */
export function duration(min: string, max: string): OptionType<number, 'Ms'> {
  const [minMs, maxMs] = [parseDuration(min), parseDuration(max)];
  if (minMs === undefined || maxMs === undefined) throw new Error(`not a duration: ${min} or ${max}`);
  return {
    placeholder: 'duration',
    suffix: 'Ms',
    parse: (raw) => {
      const ms = parseDuration(raw);
      if (ms === undefined) return { problem: 'must be a duration such as 500ms, 30s, 10m or 1h30m' };
      return ms >= minMs && ms <= maxMs ? { value: ms } : { problem: `must be from ${min} to ${max}` };
    },
    fromText: (given) => (/^\d+$/.test(given) ? Number(given) : given),
    show: showDuration,
    schema: { type: ['string', 'integer'], pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$' },
  };
}

/** A size such as `64MiB`, `8MB` or `1GiB`; a bare number is bytes. Both bounds are part of it. */
export function size(min: string, max: string): OptionType<number, 'Bytes'> {
  const [minBytes, maxBytes] = [parseSize(min), parseSize(max)];
  if (minBytes === undefined || maxBytes === undefined) throw new Error(`not a size: ${min} or ${max}`);
  return {
    placeholder: 'size',
    suffix: 'Bytes',
    parse: (raw) => {
      const bytes = parseSize(raw);
      if (bytes === undefined) return { problem: 'must be a size such as 64MiB, 8MB or 1GiB' };
      return bytes >= minBytes && bytes <= maxBytes ? { value: bytes } : { problem: `must be from ${min} to ${max}` };
    },
    fromText: (given) => (/^\d+$/.test(given) ? Number(given) : given),
    show: showSize,
    schema: { type: ['string', 'integer'], pattern: '^[0-9]+(\\.[0-9]+)? ?([KMGT]i?B|B)$' },
  };
}

/** A list of texts, each passing `check`; in flags and variables separated by commas. */
export function list(placeholder: string, check: (item: string) => Parsed<string>): OptionType<readonly string[]> {
  return {
    placeholder: `${placeholder},...`,
    suffix: '',
    parse: (raw) => parseList(typeof raw === 'string' ? splitList(raw) : raw, check),
    fromText: splitList,
    show: (value) => value.join(','),
    schema: { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
  };
}

/** The items of a list written with commas; blanks around them do not count. */
function splitList(given: string): string[] {
  return given
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function parseList(raw: RawValue, check: (item: string) => Parsed<string>): Parsed<readonly string[]> {
  if (!isList(raw) || raw.length === 0) return { problem: 'must be a list with at least one item' };
  const values: string[] = [];
  for (const [index, item] of raw.entries()) {
    if (typeof item !== 'string' || item === '') return { problem: `item ${index + 1} must be a text` };
    const parsed = check(item);
    if ('problem' in parsed) return { problem: `item ${index + 1} ("${item}") ${parsed.problem}` };
    values.push(parsed.value);
  }
  return { value: Object.freeze(values) };
}
