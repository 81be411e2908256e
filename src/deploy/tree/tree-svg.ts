import { type Answer, DECISION_TREE, type Outcome } from './decision-tree.ts';
import type { Decision } from './decide.ts';
import { PROCEDURES } from './procedures.ts';
import { escapeXml, textLines } from './svg-text.ts';
import { layOutTree, type PlacedEdge, type PlacedNode } from './tree-layout.ts';
import { answerWord } from './tree-text.ts';

const COLUMN = 290;
const ROW = 86;
const BOX = { width: 222, height: 58 };
const MARGIN = 32;
const HEADER = 92;
const BADGE = 44;
/** The free corner at the lower right, where the decision is told. */
const PANEL = { column: 2, row: 10 };

/**
 * The tree with the path marked, as an SVG document: stands alone, follows the reader's light or dark scheme.
 * @param title in its head, such as the deployment's name.
 */
export function treeSvg(decision: Decision, title: string): string {
  const layout = layOutTree(DECISION_TREE);
  const width = 2 * MARGIN + (layout.columns - 1) * COLUMN + BOX.width;
  const told = panel(decision, width);
  const height = Math.max(HEADER + (layout.rows - 1) * ROW + BOX.height, told.bottom) + MARGIN;
  const taken = new Set(decision.path.map(({ answer }) => answer));
  const onPath = new Set<unknown>([DECISION_TREE, ...decision.path.map(({ answer }) => answer.to)]);
  // What is marked is drawn over what is not.
  const edges = layout.edges.toSorted((a, b) => Number(taken.has(a.answer)) - Number(taken.has(b.answer)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="desc">${escapeXml(pathInWords(decision))}</desc>`,
    STYLE,
    `<rect class="ground" width="${width}" height="${height}" rx="12"/>`,
    ...header(title),
    ...edges.flatMap((edge) => drawEdge(edge, taken)),
    ...layout.nodes.flatMap((placed) => drawNode(placed, onPath.has(placed.node))),
    ...told.lines,
    '</svg>',
    '',
  ].join('\n');
}

function pathInWords({ path, procedure }: Decision): string {
  const turns = path.map(({ fork, answer }) => `${fork.brief} ${answerWord(answer.value)}.`);
  return `${turns.join(' ')} ${procedure} ${PROCEDURES[procedure].title}.`;
}

function header(title: string): string[] {
  return [
    `<text class="title" x="${MARGIN}" y="42">${escapeXml(title)}</text>`,
    `<text class="small" x="${MARGIN}" y="64">Decision tree of the deployment guidelines. Dashed: no answer there, the nearest procedure.</text>`,
  ];
}

function origin({ column, row }: { readonly column: number; readonly row: number }): { x: number; y: number } {
  return { x: MARGIN + column * COLUMN, y: HEADER + row * ROW };
}

function drawEdge({ from, to, answer, direction }: PlacedEdge, taken: ReadonlySet<Answer>): string[] {
  const [start, end] = [origin(from), origin(to)];
  const kind = taken.has(answer) ? 'taken' : 'plain';
  const word = escapeXml(answerWord(answer.value));
  if (direction === 'right') {
    const y = start.y + BOX.height / 2;
    const [x1, x2] = [start.x + BOX.width, end.x];
    return [
      `<path class="edge ${kind}" d="M${x1} ${y}H${x2 - 7}"/>`,
      `<path class="head ${kind}" d="M${x2 - 9} ${y - 5}L${x2 - 1} ${y}L${x2 - 9} ${y + 5}Z"/>`,
      `<text class="answer ${kind}" x="${(x1 + x2) / 2 - 3}" y="${y - 8}" text-anchor="middle">${word}</text>`,
    ];
  }
  const x = start.x + 28;
  const [y1, y2] = [start.y + BOX.height, end.y];
  return [
    `<path class="edge ${kind}" d="M${x} ${y1}V${y2 - 7}"/>`,
    `<path class="head ${kind}" d="M${x - 5} ${y2 - 9}L${x} ${y2 - 1}L${x + 5} ${y2 - 9}Z"/>`,
    `<text class="answer ${kind}" x="${x + 10}" y="${y1 + 19}">${word}</text>`,
  ];
}

function drawNode(placed: PlacedNode, isMarked: boolean): string[] {
  const { x, y } = origin(placed);
  const { node } = placed;
  const mark = isMarked ? 'marked' : 'unmarked';
  if (node.kind === 'outcome') return drawOutcome(node, { x, y }, mark);
  return [
    `<g class="fork ${mark}">`,
    `<title>${escapeXml(`${node.question} ${node.why}`)}</title>`,
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="12"/>`,
    ...centred(textLines(node.brief, BOX.width - 28), x + 16, y),
    '</g>',
  ];
}

function drawOutcome(outcome: Outcome, { x, y }: { x: number; y: number }, mark: string): string[] {
  const covered = outcome.covered ? 'covered' : 'uncovered';
  const { procedure, guideline, risk } = outcome;
  const lines = textLines(PROCEDURES[procedure].title, BOX.width - BADGE - 46);
  return [
    `<g class="outcome ${covered} ${mark}">`,
    `<title>${escapeXml([guideline, risk ?? ''].join(' ').trim())}</title>`,
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="${BOX.height / 2}"/>`,
    `<circle cx="${x + BOX.height / 2}" cy="${y + BOX.height / 2}" r="${BADGE / 2}"/>`,
    `<text class="badge" x="${x + BOX.height / 2}" y="${y + BOX.height / 2 + 6}" text-anchor="middle">${procedure}</text>`,
    ...centred(lines, x + BADGE + 22, y),
    '</g>',
  ];
}

/** Lines around the middle of a box. */
function centred(lines: readonly string[], x: number, y: number): string[] {
  const first = y + BOX.height / 2 + 5 - ((lines.length - 1) * 18) / 2;
  return lines.map((line, index) => `<text x="${x}" y="${first + index * 18}">${escapeXml(line)}</text>`);
}

/** What was decided, in the corner that the tree leaves free. */
function panel({ procedure, outcome, covered }: Decision, width: number): { lines: string[]; bottom: number } {
  const { x, y } = origin(PANEL);
  const { title, summary } = PROCEDURES[procedure];
  const heading = covered ? `${procedure} ${title}` : `${procedure} ${title}, the nearest procedure`;
  const paragraphs = [
    summary,
    ...(covered ? [] : [outcome.guideline]),
    ...(outcome.risk === undefined ? [] : [`To be watched: ${outcome.risk}`]),
  ];
  const texts: string[] = [];
  let at = y + 30;
  for (const paragraph of paragraphs) {
    at += 8;
    for (const line of textLines(paragraph, width - MARGIN - x - 40)) {
      at += 18;
      texts.push(`<text x="${x + 20}" y="${at}">${escapeXml(line)}</text>`);
    }
  }
  const bottom = at + 18;
  const lines = [
    `<g class="panel ${covered ? 'covered' : 'uncovered'}">`,
    `<rect x="${x}" y="${y}" width="${width - MARGIN - x}" height="${bottom - y}" rx="12"/>`,
    `<text class="strong" x="${x + 20}" y="${y + 30}">${escapeXml(heading)}</text>`,
    ...texts,
    '</g>',
  ];
  return { lines, bottom };
}

const STYLE = `<style>
svg { --ground: #ffffff; --ink: #1b2333; --faint: #667086; --line: #c9d0dc; --box: #f6f8fb; --good: #0a7d4f; --good-box: #e5f6ee; --warn: #a8580b; --warn-box: #fdf1df; --on: #ffffff; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #10141c; --ink: #e8ecf4; --faint: #98a3b8; --line: #3a4458; --box: #1a2030; --good: #46d39a; --good-box: #12352a; --warn: #f0a94a; --warn-box: #3b2a10; --on: #10141c; }
}
text { font: 14px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; fill: var(--ink); }
.title { font-size: 20px; font-weight: 650; }
.small { font-size: 13px; fill: var(--faint); }
.strong { font-size: 16px; font-weight: 650; }
.ground { fill: var(--ground); }
rect { stroke-width: 1.5; }
.edge { fill: none; stroke: var(--line); stroke-width: 1.5; }
.head { fill: var(--line); }
.answer { font-size: 13px; fill: var(--faint); }
.edge.taken { stroke: var(--good); stroke-width: 3; }
.head.taken { fill: var(--good); }
.answer.taken { fill: var(--good); font-weight: 650; }
.fork rect, .outcome rect { fill: var(--box); stroke: var(--line); }
.unmarked text { fill: var(--faint); }
.outcome circle { fill: var(--line); }
.outcome .badge { font-weight: 650; fill: var(--ground); }
.unmarked .badge { fill: var(--ink); }
.uncovered.unmarked rect, .uncovered.marked rect { stroke-dasharray: 5 4; }
.fork.marked rect { fill: var(--good-box); stroke: var(--good); stroke-width: 2; }
.outcome.marked rect { fill: var(--good-box); stroke: var(--good); stroke-width: 2.5; }
.outcome.marked text { font-weight: 650; }
.outcome.marked circle { fill: var(--good); }
.outcome.marked .badge { fill: var(--on); }
.uncovered.marked rect { fill: var(--warn-box); stroke: var(--warn); }
.uncovered.marked circle { fill: var(--warn); }
.panel rect { fill: var(--good-box); stroke: none; }
.panel.uncovered rect { fill: var(--warn-box); }
</style>`;
