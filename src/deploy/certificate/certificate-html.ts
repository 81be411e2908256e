import {
  certificateFacts,
  certificateFigures,
  certificateSections,
  certificateTitle,
  type DocumentCell,
  type DocumentSection,
  type DocumentTable,
  verdictText,
} from './certificate-document.ts';
import type { Certificate } from './certificate-schema.ts';
import { CERTIFICATE_STYLE } from './certificate-style.ts';

/** Longer tables are folded on the screen; on paper they are whole. */
const ROWS_OPEN_MAX = 24;

/** The certificate as one HTML page that needs nothing else: no script, no font, no picture from anywhere. */
export function certificateHtml(certificate: Certificate): string {
  const title = escape(certificateTitle(certificate));
  const sections = certificateSections(certificate);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${title}</title>`,
    `<style>${CERTIFICATE_STYLE}</style>`,
    '</head>',
    '<body>',
    header(certificate),
    `<nav>${sections.map(({ id, title: name }) => `<a href="#${id}">${escape(name)}</a>`).join('')}</nav>`,
    '<main>',
    ...sections.map(section),
    '</main>',
    `<footer>Issued by ${escape(certificate.tool)} from the journal of the deployment, Kafka and the bucket. The JSON of this certificate has every figure and all evidence in full.</footer>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function header(certificate: Certificate): string {
  const { verdict, deployment, reasons, notes } = certificate;
  const figures = certificateFigures(certificate).map(
    ([name, value]) => `<div><b>${escape(value)}</b><span>${escape(name)}</span></div>`,
  );
  const facts = certificateFacts(certificate).map(
    ([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`,
  );
  return [
    '<header>',
    `<p class="kind">Hand-over certificate</p><h1>${escape(deployment.name)}</h1>`,
    `<div class="verdict ${verdict}"><strong>${verdict === 'proven' ? 'Proven' : 'Not proven'}</strong><span>${escape(verdictText(certificate))}</span></div>`,
    items('Why it is not proven', 'reasons', reasons),
    items('To be known', 'notes', notes),
    `<div class="figures">${figures.join('')}</div>`,
    `<dl>${facts.join('')}</dl>`,
    '</header>',
  ].join('\n');
}

function items(title: string, name: string, texts: readonly string[]): string {
  if (texts.length === 0) return '';
  return `<div class="${name}"><h2>${title}</h2><ul>${texts.map((text) => `<li>${escape(text)}</li>`).join('')}</ul></div>`;
}

function section({ id, title, text, tables }: DocumentSection): string {
  return `<section id="${id}"><h2>${escape(title)}</h2><p>${escape(text)}</p>${tables.map(table).join('')}</section>`;
}

function table({ caption, note, columns, rows }: DocumentTable): string {
  const noted = note === undefined ? '' : `<blockquote>${escape(note)}</blockquote>`;
  const titled = caption === '' ? '' : `<h3>${escape(caption)}</h3>${noted}`;
  if (rows.length === 0) return `${titled}<p class="none">No check of its own.</p>`;
  const head = columns.map(({ title, align }) => `<th${alignOf(align)} scope="col">${escape(title)}</th>`).join('');
  const body = rows.map((cells) => {
    return `<tr>${cells.map((cell, index) => `<td${alignOf(columns[index]?.align)}>${cellHtml(cell)}</td>`).join('')}</tr>`;
  });
  const whole = `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
  if (rows.length <= ROWS_OPEN_MAX) return titled + whole;
  return `${titled}<details class="rows"><summary>Show ${rows.length} rows</summary>${whole}</details>`;
}

function alignOf(align: 'right' | undefined): string {
  return align === undefined ? '' : ' class="right"';
}

function cellHtml({ text, kind, detail }: DocumentCell): string {
  if (kind === 'code') return `<code${detail === undefined ? '' : ` title="${escape(detail)}"`}>${escape(text)}</code>`;
  if (kind !== undefined) return `<span class="badge ${kind}">${escape(text)}</span>`;
  if (detail === undefined) return escape(text);
  return `<details><summary>${escape(text)}</summary><pre>${escape(detail)}</pre></details>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
