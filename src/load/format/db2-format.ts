import type { MessageWriter } from './message-format.ts';

/** IBM InfoSphere Data Replication (IIDR): the row itself; null would delete it. */
export interface Db2Format {
  readonly type: 'db2';
  /** `empty`: the key is an empty text, and readers take the primary key from the value. */
  readonly key: 'object' | 'empty';
}

/** Key: an object of the primary key's fields. Value: the row. */
export function db2Writer({ key }: Db2Format): MessageWriter {
  return key === 'empty'
    ? ({ object }) => ({ key: '', value: object })
    : ({ keyObject, object }) => ({ key: keyObject, value: object });
}
