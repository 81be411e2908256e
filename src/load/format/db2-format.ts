import type { MessageFrame } from './message-frame.ts';

/** IBM InfoSphere Data Replication (IIDR): the row itself; null would delete it. */
export interface Db2Format {
  readonly type: 'db2';
  /** `empty`: the key is an empty text, and readers take the primary key from the value. */
  readonly key: 'object' | 'empty';
}

/** Key: an object of the primary key's fields. Value: the row. */
export function db2Frame({ key }: Db2Format): MessageFrame {
  return { key, head: '', tail: '' };
}
