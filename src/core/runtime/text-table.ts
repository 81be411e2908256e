import { stripVTControlCharacters } from 'node:util';

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand right; left when absent. */
  readonly align?: 'left' | 'right' | undefined;
}

/**
 * Rows under their titles, two blanks between columns, no blanks at line ends. Cells may hold colours, which take no
 * room. A missing cell is empty.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => displayWidth(line[index] ?? ''))));
  return lines.map((line) => `${formatLine(columns, widths, line)}\n`).join('');
}

/** How many places a text takes on a terminal; a character outside the basic plane or of East Asia takes two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(stripVTControlCharacters(text))) {
    width += WIDE.test(segment) ? 2 : 1;
  }
  return width;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

function formatLine(columns: readonly Column[], widths: readonly number[], line: readonly string[]): string {
  const cells = columns.map(({ align }, index) => {
    const cell = line[index] ?? '';
    const blanks = ' '.repeat((widths[index] ?? 0) - displayWidth(cell));
    return align === 'right' ? blanks + cell : cell + blanks;
  });
  return cells.join('  ').trimEnd();
}
