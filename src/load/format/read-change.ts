import { AppError } from '../../core/errors.ts';
import { jsonFields } from '../json/json-fields.ts';
import { textOfJson } from './message-format.ts';

/** Formats whose messages can be read back: a custom template says nothing of what its message means. */
export type ChangeFormat = 'db2' | 'golden-gate' | 'debezium' | 'v2';

/** What a message does to the row of its key. */
export interface Change {
  /** The message's key as it is written; equal keys are equal texts. Of an empty key, the row's (`keyFields`) as an object. */
  readonly key: string;
  /** `upsert`: the row is `after`. `delete`: it is gone. `none`: nothing (truncate, a message of the CDC itself). */
  readonly op: 'upsert' | 'delete' | 'none';
  /** The row as JSON text, digits as they are written; undefined unless `upsert`. */
  readonly after: string | undefined;
  /** Another key that the row had before: it is gone. Only known with `keyFields`. */
  readonly replaces: string | undefined;
}

/** What helps to read. */
export interface ReadOptions {
  /** Names of the primary key's fields in order: needed for empty keys, and to see that a key has changed. */
  readonly keyFields?: readonly string[] | undefined;
}

/**
 * Reads a message of a CDC: folding the changes of a topic by key gives the table. Key and value are the record's bytes as
 * text. A record without a value deletes (db2), or says so again (the tombstone after a delete).
 * @throws LOAD_MESSAGE_UNREADABLE
 */
export function readChange(
  format: ChangeFormat,
  key: string | null,
  value: string | null,
  options: ReadOptions = {},
): Change {
  if (value === null) return { key: key ?? '', op: 'delete', after: undefined, replaces: undefined };
  switch (format) {
    case 'db2':
      return upsert(format, key, value, undefined, options);
    case 'golden-gate': {
      const fields = fieldsOf(format, value);
      const op = { '"I"': 'upsert', '"U"': 'upsert', '"D"': 'delete' } as const;
      return change(format, key, fields, op[(fields.get('op_type') ?? '') as keyof typeof op], options);
    }
    case 'debezium':
    case 'v2': {
      const outer = fieldsOf(format, value);
      const payload = outer.get('payload');
      const fields = payload === undefined || !outer.has('schema') ? outer : fieldsOf(format, payload);
      const op = {
        '"r"': 'upsert',
        '"c"': 'upsert',
        '"u"': 'upsert',
        '"d"': 'delete',
        '"t"': 'none',
        '"m"': 'none',
      } as const;
      return change(format, payloadOf(key), fields, op[(fields.get('op') ?? '') as keyof typeof op], options);
    }
  }
}

function change(
  format: ChangeFormat,
  key: string | null,
  fields: ReadonlyMap<string, string>,
  op: Change['op'] | undefined,
  options: ReadOptions,
): Change {
  if (op === undefined) throw unreadable(format, 'it says no operation that is known');
  const [before, after] = [present(fields.get('before')), present(fields.get('after'))];
  if (op === 'none') return { key: key ?? '', op, after: undefined, replaces: undefined };
  if (op === 'delete') {
    return { key: keyOf(format, key, before, options), op, after: undefined, replaces: undefined };
  }
  if (after === undefined) throw unreadable(format, 'it has no "after"');
  return upsert(format, key, after, before, options);
}

function upsert(
  format: ChangeFormat,
  key: string | null,
  after: string,
  before: string | undefined,
  options: ReadOptions,
): Change {
  const current = keyOf(format, key, after, options);
  const { keyFields } = options;
  if (before === undefined || keyFields === undefined)
    return { key: current, op: 'upsert', after, replaces: undefined };
  const former = keyFrom(format, before, keyFields);
  const replaces = former === keyFrom(format, after, keyFields) ? undefined : former;
  return { key: current, op: 'upsert', after, replaces };
}

/** The key as it is written, or made from the row when it is empty. */
function keyOf(format: ChangeFormat, key: string | null, row: string | undefined, { keyFields }: ReadOptions): string {
  if (key !== null && key !== '' && key !== '""') return key;
  if (row === undefined || keyFields === undefined) {
    throw unreadable(format, 'its key is empty, and the names of the primary key are not known');
  }
  return keyFrom(format, row, keyFields);
}

function keyFrom(format: ChangeFormat, row: string, keyFields: readonly string[]): string {
  const fields = fieldsOf(format, row);
  const values = keyFields.map((name) => {
    const value = fields.get(name);
    if (value === undefined) throw unreadable(format, `the row has no "${name}", which is of the primary key`);
    return value;
  });
  if (format === 'golden-gate') return values.map(textOfJson).join('_');
  return `{${keyFields.map((name, index) => `${JSON.stringify(name)}:${values[index]}`).join(',')}}`;
}

function payloadOf(key: string | null): string | null {
  if (key?.startsWith('{"schema"') !== true) return key;
  return jsonFields(key)?.get('payload') ?? key;
}

function present(json: string | undefined): string | undefined {
  return json === 'null' ? undefined : json;
}

function fieldsOf(format: ChangeFormat, json: string): ReadonlyMap<string, string> {
  const fields = jsonFields(json);
  if (fields === undefined) throw unreadable(format, 'it is not an object');
  return fields;
}

function unreadable(format: ChangeFormat, reason: string): AppError {
  return new AppError('LOAD_MESSAGE_UNREADABLE', `a message cannot be read as ${format}: ${reason}`, {
    subject: format,
    hint: 'Name the format that the CDC of this topic writes.',
  });
}
