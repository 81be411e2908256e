import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { test } from 'node:test';
import { paletteFor } from '../../core/runtime/colours.ts';
import { displayWidth } from '../../core/runtime/text-table.ts';
import { decide } from './decide.ts';
import { treeText } from './tree-text.ts';

const { path } = decide(
  {
    greenfield: false,
    olderDataWanted: true,
    nearRealTimeCritical: true,
    cdc: true,
    cdcSeveralIngestionTasks: false,
  },
  'parallel',
);
const PLAIN = { width: 100, palette: paletteFor(false), ascii: false };

const EXPECTED = `\
New installation?
┠─ yes: Parallel or sequential?
┃  ├─ parallel → P1 Simple deployment
┃  └─ sequential → P1 Simple deployment (nearest; not in the guidelines)
┗━ no: Older data wanted in the bucket?
   ┠─ no → P1 Simple deployment
   ┗━ yes: Near real time critical?
      ┡━ yes: Fed by a CDC?
      │  ┡━ yes: Can the CDC run several ingestion tasks?
      │  │  ┠─ yes → P2 CDC with several ingestion tasks
      │  │  ┗━ no ➤ P3 Projections as input
      │  └─ no: Scheduled full imports?
      │     ├─ yes → P1 Simple deployment (nearest; not in the guidelines)
      │     └─ no → P3 Projections as input (nearest; not in the guidelines)
      └─ no: Fed by a CDC?
         ├─ yes → P4 Stop the CDC
         └─ no: Scheduled full imports?
            ├─ yes → P1 Simple deployment
            └─ no: Raw data archived?
               ├─ no: Can a dump be rebuilt from elsewhere?
               │  ├─ yes → P6 Dump, reconstructed first
               │  └─ no → P3 Projections as input (nearest; not in the guidelines)
               └─ yes: Can a dump be made of them?
                  ├─ yes → P5 Dump of archived raw data
                  └─ no → P3 Projections as input
`;

test('the tree with the path marked', () => {
  assert.equal(treeText(path, PLAIN), EXPECTED);
});

test('colours change no character, and none is there without them', () => {
  const coloured = treeText(path, { ...PLAIN, palette: paletteFor(true) });
  assert.notEqual(coloured, EXPECTED);
  assert.equal(stripVTControlCharacters(coloured), EXPECTED);
});

test('in ASCII the path is marked by characters that every terminal has', () => {
  const text = treeText(path, { ...PLAIN, ascii: true });
  assert.match(text, /^[\n -~]+$/);
  assert.match(text, /#= no => P3 Projections as input\n/);
  assert.match(text, /\|- yes -> P1/);
});

test('no line is longer than the terminal is wide', () => {
  for (const width of [60, 72, 80]) {
    const lines = treeText(path, { ...PLAIN, width }).split('\n');
    assert.ok(Math.max(...lines.map(displayWidth)) <= width);
  }
});
