import { type MessageWriter, textOfJson } from './message-format.ts';

/** What stands around the row in messages that hold it as one object, which all but those of a template do. */
export interface MessageFrame {
  /** The key: the primary key as an object, nothing, or the texts of its values joined with `_`. */
  readonly key: 'object' | 'empty' | 'values';
  readonly head: string;
  /** Between head and row: the number of the row, counted from `start`, and what follows it. */
  readonly position?: { readonly start: number; readonly after: string } | undefined;
  readonly tail: string;
}

/** Writes the messages that the frame describes. */
export function framedWriter({ key, head, position, tail }: MessageFrame): MessageWriter {
  return ({ keyObject, keyValues, object }, row) => ({
    key: key === 'object' ? keyObject : key === 'empty' ? '' : keyValues.map(textOfJson).join('_'),
    value: `${head}${position === undefined ? '' : `${position.start + row}${position.after}`}${object}${tail}`,
  });
}
