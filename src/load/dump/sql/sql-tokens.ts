/** A word, name, text, number or mark of a statement. Comments are no tokens. */
export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'text' | 'mark';
  /** A word as it is written; a quoted name or text without its quotes. */
  readonly text: string;
  /** Where it stands in the statement. */
  readonly start: number;
  readonly end: number;
}

const SPACE = /(?:\s|--[^\n]*|\/\*M?!\d*|\/\*(?!M?!)[^]*?\*\/|\*\/)+/y;
const WORD = /[\w$\u0080-\uffff]+/y;
const QUOTED = /"(?:[^"]|"")*"|`(?:[^`]|``)*`/y;
const TEXT = /'(?:[^']|'')*'/y;
const TEXT_WITH_ESCAPES = /'(?:[^'\\]|''|\\[^])*'/y;

/**
 * The tokens of a statement that defines something. What MySQL runs of a comment (`/*!40101 ... *\/`) is read as if it were
 * none. Undefined when a quote is not closed.
 * @param escapes whether a backslash in a text takes the meaning from the character after it
 */
export function sqlTokens(statement: string, escapes: boolean): readonly SqlToken[] | undefined {
  const tokens: SqlToken[] = [];
  const take = (pattern: RegExp, at: number): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(statement)?.[0];
  };
  for (let at = 0; at < statement.length;) {
    const space = take(SPACE, at);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const character = statement.charAt(at);
    const isQuote = character === '"' || character === '`';
    const isText = character === "'";
    const found = take(isQuote ? QUOTED : isText ? (escapes ? TEXT_WITH_ESCAPES : TEXT) : WORD, at);
    if (found === undefined && (isQuote || isText)) return undefined;
    const source = found ?? character;
    const kind = isQuote ? 'quoted' : isText ? 'text' : found === undefined ? 'mark' : 'word';
    const text = isQuote || isText ? source.slice(1, -1).replaceAll(character + character, character) : source;
    tokens.push({ kind, text, start: at, end: at + source.length });
    at += source.length;
  }
  return tokens;
}

/** Goes through tokens. */
export class TokenReader {
  readonly #tokens: readonly SqlToken[];
  #at = 0;

  constructor(tokens: readonly SqlToken[]) {
    this.#tokens = tokens;
  }

  get next(): SqlToken | undefined {
    return this.#tokens[this.#at];
  }

  take(): SqlToken | undefined {
    return this.#tokens[this.#at++];
  }

  /** Takes the words if they come next, all of them, in this order. */
  takeWords(...words: readonly string[]): boolean {
    const isNext = words.every((word, index) => isWord(this.#tokens[this.#at + index], word));
    if (isNext) this.#at += words.length;
    return isNext;
  }

  takeMark(mark: string): boolean {
    const isNext = this.next?.kind === 'mark' && this.next.text === mark;
    if (isNext) this.#at++;
    return isNext;
  }

  /** The parts of a name (`public.orders`), or undefined when none comes next. */
  takeName(): readonly SqlToken[] | undefined {
    const parts: SqlToken[] = [];
    do {
      const part = this.next;
      if (part === undefined || (part.kind !== 'word' && part.kind !== 'quoted')) return undefined;
      parts.push(part);
      this.#at++;
    } while (this.takeMark('.'));
    return parts;
  }

  /** What stands between a parenthesis that comes next and its partner, at the commas between. */
  takeList(): readonly (readonly SqlToken[])[] | undefined {
    if (!this.takeMark('(')) return undefined;
    const items: SqlToken[][] = [[]];
    for (let depth = 0; ;) {
      const token = this.take();
      if (token === undefined) return undefined;
      const mark = token.kind === 'mark' ? token.text : '';
      if (mark === ')' && depth === 0) return items;
      if (mark === ',' && depth === 0) {
        items.push([]);
        continue;
      }
      if (mark === '(') depth++;
      if (mark === ')') depth--;
      items.at(-1)?.push(token);
    }
  }
}

/** True for that word without quotes, in any letters. */
export function isWord(token: SqlToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === word;
}
