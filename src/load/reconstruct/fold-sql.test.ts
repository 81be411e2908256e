import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { latestChangesSql } from './fold-sql.ts';

const PAGE = join(import.meta.dirname, '../../../docs/reconstruct.md');

test('the query for Spark in docs/reconstruct.md ends with the rule that DuckDB runs', async () => {
  const page = await readFile(PAGE, 'utf8');
  const [, query = ''] = /<!-- fold:begin -->\s+```sql\n(.*?)\n```\s+<!-- fold:end -->/s.exec(page) ?? [];
  assert.ok(query.endsWith(`${latestChangesSql('key, `row`')}\n  and \`row\` is not null`), query);
});
