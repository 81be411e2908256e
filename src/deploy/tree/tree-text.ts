import type { Palette } from '../../core/runtime/colours.ts';
import { displayWidth } from '../../core/runtime/text-table.ts';
import { wrapText } from '../../core/runtime/wrap-text.ts';
import { type Answer, type AnswerValue, DECISION_TREE, type Fork, type Outcome } from './decision-tree.ts';
import type { Turn } from './decide.ts';
import { PROCEDURES } from './procedures.ts';

/** How a picture is drawn on a terminal. */
export interface TreeTextOptions {
  /** Columns; longer lines are wrapped. */
  readonly width: number;
  readonly palette: Palette;
  /** Only characters that every terminal has. */
  readonly ascii: boolean;
}

/** The characters of branches. `taken` ones are on the path. */
interface Strokes {
  readonly down: string;
  readonly branch: string;
  readonly last: string;
  readonly arrow: string;
}

const PLAIN: Strokes = { down: '│  ', branch: '├─ ', last: '└─ ', arrow: '→' };
const TAKEN: Strokes = { down: '┃  ', branch: '┡━ ', last: '┗━ ', arrow: '➤' };
const ASCII: Strokes = { down: '|  ', branch: '|- ', last: '`- ', arrow: '->' };
const ASCII_TAKEN: Strokes = { down: '#  ', branch: '#= ', last: '#= ', arrow: '=>' };

/** Narrower than this no text could be read. */
const TEXT_WIDTH_MIN = 24;

/** The tree with the path marked, one fork or answer a line; ends with a line break. */
export function treeText(path: readonly Turn[], options: TreeTextOptions): string {
  const taken = new Set(path.map(({ answer }) => answer));
  const drawing = new TreeDrawing(taken, options);
  drawing.drawFork(DECISION_TREE, '', '', true);
  return drawing.lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** `yes`, `no`, `parallel`: an answer as people say it. */
export function answerWord(value: AnswerValue): string {
  if (typeof value === 'string') return value;
  return value ? 'yes' : 'no';
}

class TreeDrawing {
  readonly lines: string[] = [];
  readonly #taken: ReadonlySet<Answer>;
  readonly #options: TreeTextOptions;
  readonly #plain: Strokes;
  readonly #marked: Strokes;

  constructor(taken: ReadonlySet<Answer>, options: TreeTextOptions) {
    this.#taken = taken;
    this.#options = options;
    this.#plain = options.ascii ? ASCII : PLAIN;
    this.#marked = options.ascii ? ASCII_TAKEN : TAKEN;
  }

  /** `head` begins the line, `below` those under it. */
  drawFork(fork: Fork, head: string, below: string, onPath: boolean): void {
    const { palette } = this.#options;
    const takenAt = fork.answers.findIndex((answer) => this.#taken.has(answer));
    const stem = takenAt === -1 ? this.#plain.down : this.#stroke(this.#marked.down, true);
    this.#write(head, below + stem, fork.brief, (text) => (onPath ? palette.bold(text) : palette.dim(text)));
    for (const [index, answer] of fork.answers.entries()) {
      const isLast = index === fork.answers.length - 1;
      const isTaken = index === takenAt;
      // The stem is marked down to the answer that was taken.
      const before = this.#stroke(
        index <= takenAt ? this.#branch(isTaken, isLast) : this.#plainBranch(isLast),
        isTaken,
      );
      const after = isLast
        ? '   '
        : this.#stroke(index < takenAt ? this.#marked.down : this.#plain.down, index < takenAt);
      this.#drawAnswer(answer, below + before, below + after, isTaken);
    }
  }

  #drawAnswer({ value, to }: Answer, head: string, below: string, isTaken: boolean): void {
    const { palette } = this.#options;
    const word = answerWord(value);
    const label = isTaken ? palette.green(word) : palette.dim(word);
    const strokes = isTaken ? this.#marked : this.#plain;
    const arrow = this.#stroke(strokes.arrow, isTaken);
    const colon = isTaken ? palette.green(':') : palette.dim(':');
    if (to.kind === 'fork') this.drawFork(to, `${head}${label}${colon} `, below, isTaken);
    else
      this.#write(`${head}${label} ${arrow} `, below, outcomeText(to), (text) => this.#outcomeStyle(text, to, isTaken));
  }

  #outcomeStyle(text: string, { covered }: Outcome, isTaken: boolean): string {
    const { palette } = this.#options;
    if (!isTaken) return palette.dim(text);
    return palette.bold(covered ? palette.green(text) : palette.yellow(text));
  }

  /** The stem passes by the answers before the one that was taken. */
  #branch(isTaken: boolean, isLast: boolean): string {
    if (!isTaken) return this.#options.ascii ? '#- ' : '┠─ ';
    return isLast ? this.#marked.last : this.#marked.branch;
  }

  #plainBranch(isLast: boolean): string {
    return isLast ? this.#plain.last : this.#plain.branch;
  }

  #stroke(text: string, isTaken: boolean): string {
    const { palette } = this.#options;
    return isTaken ? palette.green(text) : palette.dim(text);
  }

  #write(head: string, below: string, text: string, style: (text: string) => string): void {
    const room = Math.max(TEXT_WIDTH_MIN, this.#options.width - displayWidth(head));
    const [first = '', ...rest] = wrapText(text, room);
    this.lines.push(head + style(first), ...rest.map((line) => `${below}  ${style(line)}`));
  }
}

function outcomeText({ procedure, covered }: Outcome): string {
  return `${procedure} ${PROCEDURES[procedure].title}${covered ? '' : ' (nearest; not in the guidelines)'}`;
}
