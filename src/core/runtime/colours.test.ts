import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coloursWanted, paletteFor } from './colours.ts';

test('colours are for terminals whose users want them', () => {
  const terminal = { isTTY: true };
  assert.equal(coloursWanted(terminal, {}), true);
  assert.equal(coloursWanted(terminal, { NO_COLOR: '' }), true);
  assert.equal(coloursWanted(terminal, { NO_COLOR: '1' }), false);
  assert.equal(coloursWanted(terminal, { TERM: 'dumb' }), false);
  assert.equal(coloursWanted({}, {}), false);
});

test('a plain palette changes nothing', () => {
  assert.equal(paletteFor(false).red('x'), 'x');
  assert.equal(paletteFor(true).red('x'), '\u001b[31mx\u001b[39m');
});
