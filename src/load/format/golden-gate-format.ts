import type { MessageFrame } from './message-frame.ts';

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
export function goldenGateFrame({ opType, posStart, before }: GoldenGateFormat): MessageFrame {
  return {
    key: 'values',
    head: `{"op_type":"${opType}","pos":`,
    position: { start: posStart, after: before === 'null' ? ',"before":null,"after":' : ',"after":' },
    tail: '}',
  };
}
