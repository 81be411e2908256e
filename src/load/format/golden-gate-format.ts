import { type MessageWriter, textOfJson } from './message-format.ts';

/** Oracle GoldenGate: `op_type`, `pos`, `before`, `after`. */
export interface GoldenGateFormat {
  readonly type: 'golden-gate';
  readonly opType: 'I' | 'U';
  /** `pos` of the first row; it rises by one a row. Readers may take it for the age: keep it below what the live CDC writes. */
  readonly posStart: number;
  /** Whether an insert says `"before":null`. */
  readonly before: 'absent' | 'null';
}

/** Key: the primary key's values joined with `_`. */
export function goldenGateWriter({ opType, posStart, before }: GoldenGateFormat): MessageWriter {
  const head = `{"op_type":"${opType}","pos":`;
  const middle = before === 'null' ? ',"before":null,"after":' : ',"after":';
  return ({ keyValues, object }, position) => ({
    key: keyValues.map(textOfJson).join('_'),
    value: `${head}${posStart + position}${middle}${object}}`,
  });
}
