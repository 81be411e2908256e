import {
  certificateFacts,
  certificateFigures,
  certificateSections,
  certificateTitle,
  type DocumentCell,
  type DocumentTable,
  verdictText,
} from './certificate-document.ts';
import type { Certificate } from './certificate-schema.ts';

/** The certificate as Markdown, for tickets and repositories. Details of evidence are in the JSON alone. */
export function certificateMarkdown(certificate: Certificate): string {
  const { verdict, reasons, notes } = certificate;
  const facts = [...certificateFacts(certificate), ...certificateFigures(certificate)];
  return [
    `# ${escape(certificateTitle(certificate))}`,
    '',
    `**${verdict === 'proven' ? 'PROVEN' : 'NOT PROVEN'}**: ${verdictText(certificate)}`,
    ...list('Why it is not proven', reasons),
    ...list('To be known', notes),
    '',
    ...rows(['', ''], [], facts),
    ...certificateSections(certificate).flatMap(({ title, text, tables }) => [
      '',
      `## ${title}`,
      '',
      text,
      ...tables.flatMap(table),
    ]),
    '',
  ].join('\n');
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : ['', `${title}:`, '', ...items.map((item) => `- ${escape(item)}`)];
}

function table({ caption, note, columns, rows: body }: DocumentTable): string[] {
  const titles = columns.map(({ title }) => title);
  const aligns = columns.map(({ align }) => align);
  const noted = note === undefined ? [] : [`> ${escape(note)}`, ''];
  const heading = caption === '' ? [''] : ['', `### ${escape(caption)}`, '', ...noted];
  if (body.length === 0) return [...heading, 'No check of its own.'];
  return [
    ...heading,
    ...rows(
      titles,
      aligns,
      body.map((cells) => cells.map(cellText)),
    ),
  ];
}

function rows(
  titles: readonly string[],
  aligns: readonly ('right' | undefined)[],
  body: readonly (readonly string[])[],
): string[] {
  const rule = titles.map((_, index) => (aligns[index] === 'right' ? '--:' : '---'));
  return [line(titles), line(rule), ...body.map((cells) => line(cells.map(escapeOnce)))];
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function cellText({ text, kind }: DocumentCell): string {
  if (kind === 'code') return `\`${text}\``;
  return kind === 'failed' ? `**${escape(text)}**` : escape(text);
}

/** Cells come here escaped, but for line ends and what would end a cell. */
function escapeOnce(text: string): string {
  return text.replaceAll(/\r?\n/g, ' ').replaceAll(/(?<!\\)\|/g, '\\|');
}

function escape(text: string): string {
  return text.replaceAll(/[\\*_`<>[\]#|]/g, (character) => `\\${character}`).replaceAll(/\r?\n/g, ' ');
}
