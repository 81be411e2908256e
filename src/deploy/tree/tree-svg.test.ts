import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from './decide.ts';
import { DECISION_TREE } from './decision-tree.ts';
import { layOutTree } from './tree-layout.ts';
import { treeSvg } from './tree-svg.ts';

const STOP_CDC = { greenfield: false, olderDataWanted: true, nearRealTimeCritical: false, cdc: true };

test('no two boxes share a cell, and no line passes through a box', () => {
  const { nodes, edges, columns, rows } = layOutTree(DECISION_TREE);
  const cells = new Set(nodes.map(({ column, row }) => `${column}/${row}`));
  assert.equal(cells.size, nodes.length);
  assert.deepEqual({ columns, rows }, { columns: 4, rows: 13 });
  for (const { from, to, direction } of edges) {
    if (direction === 'right') assert.deepEqual([to.column, to.row], [from.column + 1, from.row]);
    else assert.equal(to.column, from.column);
    for (let row = from.row + 1; row < to.row; row++) assert.ok(!cells.has(`${from.column}/${row}`));
  }
});

test('the path is marked: its forks, its answers and its procedure, and nothing else', () => {
  const svg = treeSvg(decide(STOP_CDC, 'parallel'), 'shop');
  assert.equal(svg.match(/class="fork marked"/g)?.length, 4);
  assert.equal(svg.match(/class="edge taken"/g)?.length, 4);
  assert.equal(svg.match(/class="outcome covered marked"/g)?.length, 1);
  assert.equal(svg.match(/class="outcome uncovered unmarked"/g)?.length, 4);
});

test('an outcome that the guidelines do not have is told as such, with its risk', () => {
  const svg = treeSvg(decide({ greenfield: true }, 'sequential'), 'shop');
  assert.match(svg, /class="outcome uncovered marked"/);
  assert.match(svg, /the nearest procedure<\/text>/);
  assert.match(svg, /To be watched:/);
});

test('it stands alone, and names are text in it', () => {
  const svg = treeSvg(decide(STOP_CDC, 'parallel'), 'a <b> & "c"');
  assert.match(svg, /<title id="title">a &lt;b&gt; &amp; &quot;c&quot;<\/title>/);
  assert.doesNotMatch(svg, /href|@import|url\(/);
  assert.equal(svg.match(/<(?:g|svg|title|desc|text|style)\b/g)?.length, svg.match(/<\/\w+>/g)?.length);
});
