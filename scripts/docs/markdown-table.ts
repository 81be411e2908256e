/** A table of Markdown. Cells may hold Markdown; what would break the table is escaped. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, titles.map(() => '---'), ...rows.map((row) => row.map(escapeCell))];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** The text as code, with the characters that code in a table cannot hold replaced. */
export function code(text: string): string {
  return `\`${text}\``;
}

function escapeCell(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
