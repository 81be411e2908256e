import { displayWidth } from '../../src/core/runtime/text-table.ts';

/** A control sequence, a control character, or one character. */
// eslint-disable-next-line no-control-regex
const PART = /\u001B\[(\??[\d;]*)([A-Za-z])|\u001B[()][AB0]|\u001B[=>78]|[\s\S]/gu;

/** What a terminal shows, as far as the sequences are known that prompts and progress bars write; others fail. */
export class TerminalScreen {
  readonly #columns: number;
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  #rest = '';

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** The lines from the first one on, those that have scrolled away too, without colours and blanks at their ends. */
  get text(): string {
    return this.#lines
      .map((line) =>
        Array.from(line, (cell) => cell ?? ' ')
          .join('')
          .trimEnd(),
      )
      .join('\n');
  }

  write(output: string): void {
    const whole = this.#rest + output;
    // A sequence that is not complete waits for its end.
    // eslint-disable-next-line no-control-regex
    const cut = /\u001B(?:\[[\d;?]*)?$/.exec(whole)?.index ?? whole.length;
    this.#rest = whole.slice(cut);
    for (const [part, parameters, command] of whole.slice(0, cut).matchAll(PART)) {
      if (command !== undefined) this.#control(command, parameters ?? '');
      else if (!part.startsWith('\u001B')) this.#character(part);
    }
  }

  #character(character: string): void {
    if (character === '\n') this.#down(1);
    else if (character === '\r') this.#column = 0;
    else if (character === '\b') this.#column = Math.max(0, this.#column - 1);
    else if (character >= ' ') this.#put(character);
  }

  #put(character: string): void {
    if (this.#column >= this.#columns) {
      this.#column = 0;
      this.#down(1);
    }
    const line = this.#line();
    line[this.#column] = character;
    // The second half of a wide character.
    if (displayWidth(character) === 2) line[this.#column + 1] = '';
    this.#column += Math.max(1, displayWidth(character));
  }

  #control(command: string, parameters: string): void {
    const [first = 0] = parameters.split(';').map(Number);
    const count = Math.max(1, first);
    // Colours, and modes such as that the cursor is hidden.
    if (command === 'm' || parameters.startsWith('?')) return;
    if (command === 'A') this.#row = Math.max(0, this.#row - count);
    else if (command === 'B') this.#down(count);
    else if (command === 'C') this.#column = Math.min(this.#columns - 1, this.#column + count);
    else if (command === 'D') this.#column = Math.max(0, this.#column - count);
    else if (command === 'G') this.#column = count - 1;
    else if (command === 'J' && first === 0) {
      this.#line().length = Math.min(this.#column, this.#line().length);
      this.#lines.length = this.#row + 1;
    } else if (command === 'K') {
      const line = this.#line();
      if (first === 2) line.length = 0;
      else if (first === 0) line.length = Math.min(this.#column, line.length);
    } else throw new Error(`the terminal of the tests does not know the sequence ${parameters}${command}`);
  }

  #down(count: number): void {
    this.#row += count;
    while (this.#lines.length <= this.#row) this.#lines.push([]);
  }

  #line(): string[] {
    return (this.#lines[this.#row] ??= []);
  }
}
