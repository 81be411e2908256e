import { styleText } from 'node:util';

/** Ways to set off words on a terminal. */
export interface Palette {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

const PLAIN: Palette = {
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  green: (text) => text,
  yellow: (text) => text,
  cyan: (text) => text,
};

const COLOURED: Palette = {
  bold: (text) => style('bold', text),
  dim: (text) => style('dim', text),
  red: (text) => style('red', text),
  green: (text) => style('green', text),
  yellow: (text) => style('yellow', text),
  cyan: (text) => style('cyan', text),
};

/** Colours, or the same functions without any. */
export function paletteFor(colours: boolean): Palette {
  return colours ? COLOURED : PLAIN;
}

/** True on a terminal, unless the user has set NO_COLOR (https://no-color.org) or has a dumb terminal. */
export function coloursWanted(
  output: { readonly isTTY?: boolean | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if (environment['NO_COLOR'] !== undefined && environment['NO_COLOR'] !== '') return false;
  return output.isTTY === true && environment['TERM'] !== 'dumb';
}

/** Whether to colour is decided by the caller, so the stream is not looked at again. */
function style(format: keyof Palette, text: string): string {
  return styleText(format, text, { validateStream: false });
}
