/** Widths of characters in proportion to the font size, of common sans-serif fonts, on the wide side. */
const NARROW = /[ijltfrI.,:;'!|()[\]]/;
const WIDE = /[mwMW@%]/;
const FONT_SIZE = 14;

/** The text in lines that are at most that many pixels wide, in the 14 px font of the pictures. */
export function textLines(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** There is no font to measure with, so that this is a guess, rather too wide than too narrow. */
function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    width += NARROW.test(character) ? 0.32 : WIDE.test(character) ? 0.9 : /[A-Z0-9]/.test(character) ? 0.66 : 0.6;
  }
  return width * FONT_SIZE;
}

/** The text as content of an XML element. */
export function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
