import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FINDINGS } from './verify-finding.ts';

test('docs/verify.md explains every finding, and no other', () => {
  const page = readFileSync(new URL('../../docs/verify.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (error|warning) \| /gm)].map(([, name, severity]) => [
    name,
    severity,
  ]);
  assert.deepEqual(
    rows,
    Object.entries(FINDINGS).map(([name, { severity }]) => [name, severity]),
  );
});
