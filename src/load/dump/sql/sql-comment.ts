import type { BinaryText } from './binary-text.ts';
import { isPlainComment } from './statement-end.ts';
import type { SqlKind } from './table-definition.ts';

/** Enough to tell which kind of comment begins. */
const MARK_CHARS = 12;
const RUN_COMMENT = /\/\*M?!\d*|\*\//y;

/** What is passed over between statements. */
export interface SqlComment {
  readonly end: number;
  /** It is the mark around what MySQL runs all the same. */
  readonly isRun: boolean;
}

/** The comment that begins at a place between statements; undefined when none does. */
export function commentAt(
  text: BinaryText,
  at: number,
  isLast: boolean,
  kind: SqlKind,
): SqlComment | 'incomplete' | undefined {
  if (text.length - at < MARK_CHARS && !isLast) return 'incomplete';
  if (text.startsWith('--', at) || (kind === 'mysql' && text[at] === '#')) {
    const end = text.indexOf('\n', at);
    if (end < 0) return isLast ? { end: text.length, isRun: false } : 'incomplete';
    return { end: end + 1, isRun: false };
  }
  if (isPlainComment(text, at)) {
    const end = text.indexOf('*/', at + 2);
    return end < 0 ? 'incomplete' : { end: end + 2, isRun: false };
  }
  RUN_COMMENT.lastIndex = at;
  const mark = RUN_COMMENT.exec(text)?.[0];
  return mark === undefined ? undefined : { end: at + mark.length, isRun: true };
}
