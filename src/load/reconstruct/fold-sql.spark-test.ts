import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';

import { archiveMessages, type LoggedMessage } from '../../../test/harness/message-archive.ts';
import { openFileBucket } from '../../core/bucket/file-bucket.ts';
import { runSpark } from '../../demo/services/spark.ts';
import type { ChangeFormat } from '../format/read-change.ts';
import { jsonFields } from '../json/json-fields.ts';
import { archiveEvents } from './archive-events.ts';
import { foldArchive } from './fold-archive.ts';

const PAGE = join(import.meta.dirname, '../../../docs/reconstruct.md');
const PARTITIONS = 3;
const CHANGES = 300;
/** Whose rows are also written to files: the last one's. */
const WRITTEN = 4;
const SEED = Date.now() % 2 ** 31;

/** A change of a row; `row` is JSON, undefined for a delete. */
interface RowChange {
  readonly id: number;
  readonly row: string | undefined;
  readonly timestampMs: number;
}

type Message = Pick<LoggedMessage, 'key' | 'value'>;

/** How a CDC writes a change: one message, or several. */
interface Cdc {
  /** As the table of the page names it. */
  readonly name: string;
  readonly format: ChangeFormat;
  readonly messages: (change: RowChange) => readonly Message[];
}

const debezium = ({ id, row }: RowChange): Message[] => {
  const key = `{"id":${id}}`;
  if (row !== undefined) {
    return [{ key, value: `{"before":null,"after":${row},"source":{"db":"shop"},"op":"${'rcu'[id % 3]}","ts_ms":1}` }];
  }
  const deleted = { key, value: `{"before":{"id":${id}},"after":null,"source":{"db":"shop"},"op":"d"}` };
  return [deleted, { key, value: null }, { key: null, value: '{"source":{"db":"shop"},"op":"t"}' }];
};

const CDCS: readonly Cdc[] = [
  { name: '`debezium`, `v2`', format: 'debezium', messages: debezium },
  {
    name: '`debezium` with schemas',
    format: 'debezium',
    messages: (change) =>
      debezium(change).map(({ key, value }) => ({ key: key && withSchema(key), value: value && withSchema(value) })),
  },
  {
    name: '`debezium`, `v2`',
    format: 'v2',
    messages: ({ id, row }) => [
      {
        key: `{"id":${id}}`,
        value: row === undefined ? `{"op":"d","before":{"id":${id}}}` : `{"op":"c","after":${row}}`,
      },
    ],
  },
  {
    name: '`golden-gate`',
    format: 'golden-gate',
    messages: ({ id, row }) => [
      {
        key: `${id}_a`,
        value:
          row === undefined
            ? `{"op_type":"D","pos":1,"before":{"id":${id}},"after":null}`
            : `{"op_type":"${'IU'[id % 2]}","pos":1,"after":${row}}`,
      },
    ],
  },
  { name: '`db2`', format: 'db2', messages: ({ id, row }) => [{ key: `{"id":${id}}`, value: row ?? null }] },
];

const NUMBERS = ['0', '1.50', '-0.01', '12345678901234567890.12', '18446744073709551615', '1e300', '1.5E3', 'null'];

const change: fc.Arbitrary<RowChange> = fc
  .record({
    id: fc.integer({ min: 0, max: 40 }),
    n: fc.constantFrom(...NUMBERS),
    s: fc.option(fc.oneof(fc.string({ unit: 'binary', maxLength: 5 }), fc.constant('è 😀 "\\\n')), { nil: null }),
    j: fc.jsonValue({ maxDepth: 2 }),
    gone: fc.nat(3).map((draw) => draw === 0),
    timestampMs: fc.integer({ min: 0, max: 1_000_000 }),
  })
  .map(({ id, n, s, j, gone, timestampMs }) => {
    const row = `{"id":${id},"s":${JSON.stringify(s)},"n":${n},"j":${JSON.stringify(j)},"ok":${id % 2 === 0}}`;
    return { id, row: gone ? undefined : row, timestampMs };
  });

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bss-spark-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Archives the changes as two sources, compressed in all ways; gives what `bss` makes of them. */
async function archived(cdc: Cdc, at: number): Promise<Map<string, Record<string, unknown>>> {
  const changes = fc.sample(change, { numRuns: CHANGES, seed: SEED + at });
  const bucket = await openFileBucket(folder);
  const messages = changes.flatMap((each, index) =>
    cdc.messages(each).map((message): LoggedMessage => {
      // The partitions of some keys are others from the middle on.
      const moved = each.id % 7 === 0 && index > CHANGES / 2 ? 1 : 0;
      return { ...message, partition: (each.id + moved) % PARTITIONS, timestampMs: each.timestampMs };
    }),
  );
  const name = `archive-${at}`;
  const half = Math.floor(messages.length / 3);
  for (const [topicId, part] of [messages.slice(0, half), messages.slice(half)].entries()) {
    const compression = (['none', 'gzip', 'zstd'] as const)[(at + topicId) % 3];
    await archiveMessages(bucket, part, {
      folder: name,
      topicId: `id-${topicId}`,
      ...(compression && { compression }),
    });
  }
  await using folded = await foldArchive({ inputs: [archiveEvents(bucket, name)], format: cdc.format });
  const { rows, keys, keysInSeveralPartitions } = folded.report;
  assert.ok(rows > 10 && rows < keys && keysInSeveralPartitions > 0, JSON.stringify(folded.report));
  return byKey(await Array.fromAsync(folded.rows()));
}

/** The statements of the page, for a folder and a CDC; the last one writes the rows into another folder. */
async function statements(name: string, cdc: string): Promise<readonly [string, string, string]> {
  const page = await readFile(PAGE, 'utf8');
  const section = page.slice(page.indexOf('## The same on Spark'));
  const [view = '', query = '', write = '', ...more] = [...section.matchAll(/```sql\n(.*?)\n```/gs)].map(
    ([, sql]) => sql,
  );
  assert.deepEqual(more, []);
  const cells = new Map(
    [...section.matchAll(/^\| (`.*?) \| `(.*)` \| `(.*)` \|$/gm)].map(([, format, op, row]) => [format, [op, row]]),
  );
  const [standard, own] = [cells.get('`debezium`, `v2`'), cells.get(cdc)];
  assert.ok(standard !== undefined && own !== undefined, `the page has a row for ${cdc}`);
  let read = query;
  for (const [index, expression] of standard.entries()) {
    assert.ok(read.includes(`${expression} as `), expression);
    read = read.replace(`${expression} as `, () => `${own[index]} as `);
  }
  return [
    view.replace('s3a://archive/orders/', `${folder}/${name}/`),
    read,
    write.replace('s3a://archive/orders-rows', `${folder}/${name}-rows`),
  ];
}

test('the statements of docs/reconstruct.md give on Spark what bss gives, for every format', async (t) => {
  t.diagnostic(`seed ${SEED}`);
  const expected: Map<string, Record<string, unknown>>[] = [];
  const script: string[] = [];
  for (const [at, cdc] of CDCS.entries()) {
    expected.push(await archived(cdc, at));
    const [view, query, write] = await statements(`archive-${at}`, cdc.name);
    script.push(view, query, 'select key, `row` from folded');
    if (at === WRITTEN) script.push(write);
  }
  const results = await runSpark(script, folder);
  for (const [at, { name, format }] of CDCS.entries()) {
    const rows = (results[3 * at + 2] ?? []).map(({ key, row }) => ({ key: String(key), row: String(row) }));
    assert.deepEqual(byKey(rows), expected[at], `${name} as ${format}`);
    if (at !== WRITTEN) continue;
    assert.deepEqual((await linesBelow(`${folder}/archive-${at}-rows`)).sort(), rows.map(({ row }) => row).sort());
  }
});

/** Rows as values, by key, numbers by their digits. */
function byKey(rows: readonly { readonly key: string; readonly row: string }[]): Map<string, Record<string, unknown>> {
  const entries = rows.map(({ key, row }) => {
    const fields = [...(jsonFields(row) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return [withoutSchema(key), Object.fromEntries(fields.map(([name, json]) => [name, valueOf(json)]))] as const;
  });
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function valueOf(json: string): unknown {
  if (!/^[-\d]/.test(json)) return JSON.parse(json);
  return /e/i.test(json) ? String(Number(json)) : json.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}

function withSchema(json: string): string {
  return `{"schema":{"type":"struct"},"payload":${json}}`;
}

function withoutSchema(key: string): string {
  return jsonFields(key.startsWith('{') ? key : '{}')?.get('payload') ?? key;
}

async function linesBelow(path: string): Promise<string[]> {
  const files = (await readdir(path)).filter((name) => name.startsWith('part-'));
  const texts = await Promise.all(files.map((name) => readFile(join(path, name), 'utf8')));
  return texts.join('').split('\n').filter(Boolean);
}
