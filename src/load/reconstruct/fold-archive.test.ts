import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';

import { archiveMessages, type LoggedMessage } from '../../../test/harness/message-archive.ts';
import { MemoryBucket } from '../../core/bucket/memory-bucket.ts';
import type { ChangeFormat } from '../format/read-change.ts';
import type { ByteInput } from '../source/byte-input.ts';
import { archiveEvents } from './archive-events.ts';
import { foldArchive, type FoldedArchive } from './fold-archive.ts';
import type { FoldedRow } from './fold-database.ts';
import { lineEvents } from './line-events.ts';

async function rowsOf(folded: FoldedArchive): Promise<FoldedRow[]> {
  const rows = await Array.fromAsync(folded.rows());
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** A file of these lines, which comes in two pieces. */
function fileOf(name: string, lines: readonly string[]): ByteInput {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const cut = Math.floor(bytes.length / 2);
  return {
    name,
    sizeBytes: bytes.length,
    readBytes: 0,
    open: async function* () {
      yield bytes.subarray(0, cut);
      yield bytes.subarray(cut);
    },
  };
}

const MESSAGES: Readonly<
  Record<ChangeFormat, (id: number, n: number | null) => Omit<LoggedMessage, 'partition' | 'timestampMs'>>
> = {
  db2: (id, n) => ({ key: `{"id":${id}}`, value: n === null ? null : `{"id":${id},"n":${n}.50}` }),
  'golden-gate': (id, n) => ({
    key: String(id),
    value:
      n === null
        ? `{"op_type":"D","pos":1,"before":{"id":${id}},"after":null}`
        : `{"op_type":"I","pos":1,"after":{"id":${id},"n":${n}.50}}`,
  }),
  debezium: (id, n) => ({
    key: `{"id":${id}}`,
    value:
      n === null
        ? `{"before":{"id":${id}},"after":null,"op":"d"}`
        : `{"before":null,"after":{"id":${id},"n":${n}.50},"source":{"table":"t"},"op":"u"}`,
  }),
  v2: (id, n) => ({
    key: `{"id":${id}}`,
    value: n === null ? `{"op":"d","before":{"id":${id}}}` : `{"op":"c","after":{"id":${id},"n":${n}.50}}`,
  }),
};

test('folding an archive gives what a table would hold, in every format', async () => {
  const operation = fc.record({
    id: fc.integer({ min: 0, max: 12 }),
    n: fc.option(fc.integer({ min: 0, max: 99 }), { nil: null }),
    timestampMs: fc.integer({ min: 0, max: 50 }),
  });
  const format = fc.constantFrom<ChangeFormat>('db2', 'golden-gate', 'debezium', 'v2');
  await fc.assert(
    fc.asyncProperty(
      format,
      fc.array(operation, { minLength: 1, maxLength: 60 }),
      fc.nat(60),
      async (name, ops, cut) => {
        const bucket = new MemoryBucket('memory');
        const table = new Map<string, string>();
        const records = ops.map(({ id, n, timestampMs }) => {
          const message = MESSAGES[name](id, n);
          if (n === null) table.delete(message.key ?? '');
          else table.set(message.key ?? '', `{"id":${id},"n":${n}.50}`);
          return { ...message, partition: id % 3, timestampMs };
        });
        // A topic that was created again goes on where the first one ended, its offsets from 0.
        const parts = [records.slice(0, cut), records.slice(cut)].filter((part) => part.length > 0);
        for (const [at, part] of parts.entries()) await archiveMessages(bucket, part, { topicId: `id-${at}` });
        await using folded = await foldArchive({ inputs: [archiveEvents(bucket, 'orders')], format: name });
        assert.deepEqual(
          new Map((await rowsOf(folded)).map(({ key, row }) => [key, row])),
          new Map([...table].sort(([a], [b]) => (a < b ? -1 : 1))),
        );
        assert.equal(folded.report.rows, table.size);
        assert.equal(folded.report.events, ops.length);
        assert.equal(folded.report.deletes, ops.filter(({ n }) => n === null).length);
      },
    ),
    { numRuns: 30 },
  );
});

test('an update that changes the key takes the row of the former key away', async () => {
  const bucket = new MemoryBucket('memory');
  const update = '{"op_type":"U","pos":2,"before":{"id":1,"n":1},"after":{"id":2,"n":1}}';
  const folder = await archiveMessages(bucket, [
    { partition: 0, timestampMs: 10, key: '1', value: '{"op_type":"I","pos":1,"after":{"id":1,"n":1}}' },
    { partition: 1, timestampMs: 20, key: '2', value: update },
    // The former key is used again later, in its own partition.
    { partition: 2, timestampMs: 10, key: '3', value: '{"op_type":"I","pos":1,"after":{"id":3,"n":1}}' },
    { partition: 1, timestampMs: 20, key: '4', value: update.replace('"id":1', '"id":3').replace('"id":2', '"id":4') },
    { partition: 2, timestampMs: 30, key: '3', value: '{"op_type":"I","pos":9,"after":{"id":3,"n":9}}' },
  ]);
  const inputs = [archiveEvents(bucket, folder)];
  await using folded = await foldArchive({ inputs, format: 'golden-gate', keyFields: ['id'] });
  assert.deepEqual(await rowsOf(folded), [
    { key: '2', row: '{"id":2,"n":1}' },
    { key: '3', row: '{"id":3,"n":9}' },
    { key: '4', row: '{"id":4,"n":1}' },
  ]);
  assert.equal(folded.report.keyChanges, 2);
});

test('a key in two partitions is counted, and time decides', async () => {
  const bucket = new MemoryBucket('memory');
  const folder = await archiveMessages(bucket, [
    { partition: 1, timestampMs: 5, key: '{"id":1}', value: '{"id":1,"n":1}' },
    { partition: 0, timestampMs: 9, key: '{ "id": 1 }', value: '{"id":1,\n"n":2}' },
  ]);
  await using folded = await foldArchive({ inputs: [archiveEvents(bucket, folder)], format: 'db2' });
  assert.deepEqual(await rowsOf(folded), [{ key: '{"id":1}', row: '{"id":1, "n":2}' }]);
  assert.equal(folded.report.keysInSeveralPartitions, 1);
});

test('offsets that nothing explains are refused unless they are allowed', async () => {
  const bucket = new MemoryBucket('memory');
  const records = Array.from({ length: 10 }, (_, id) => ({ ...MESSAGES.db2(id, 1), partition: 0, timestampMs: id }));
  const folder = await archiveMessages(bucket, records, { leftOut: 2n });
  const options = { inputs: [archiveEvents(bucket, folder)], format: 'db2' } as const;
  await assert.rejects(foldArchive(options), { code: 'RELOAD_INCOMPLETE_ARCHIVE' });
  await using folded = await foldArchive({ ...options, allowMissing: true });
  assert.deepEqual(folded.report.gaps, { missing: '2' });
  assert.equal(folded.report.rows, 8);
});

test('unreadable events are named with their places', async () => {
  const inputs = [
    lineEvents(
      fileOf('events.jsonl', [
        '{"key":{"id":1},"value":{"op":"c","after":{"id":1,"n":1.10}}}',
        '',
        'nonsense',
        '{"key":"{\\"id\\":2}","payload":"{\\"op\\":\\"r\\",\\"after\\":{\\"id\\":2}}"}',
        '{"key":{"id":3},"value":{"op":"?"}}',
        '{"op":"c","after":{"id":4}}',
        '{"key":{"id":1},"value":null}',
        '{"timestamp":"2026-01-31T00:00:00.000Z","partition":1,"offset":0,"key":"{\\"id\\":5}","payload":"{\\"op\\":\\"t\\"}"}',
      ]),
    ),
  ];
  await assert.rejects(
    foldArchive({ inputs, format: 'v2' }),
    ({ code, message }: { code: string; message: string }) =>
      code === 'LOAD_TOO_MANY_BAD_ROWS' &&
      message.includes('events.jsonl, partition 0, 3:') &&
      message.startsWith('3 '),
  );
  await using folded = await foldArchive({ inputs, format: 'v2', keyFields: ['id'], errorsMax: 2 });
  assert.deepEqual(await rowsOf(folded), [
    { key: '{"id":2}', row: '{"id":2}' },
    { key: '{"id":4}', row: '{"id":4}' },
  ]);
  assert.deepEqual(
    folded.report.unreadableAt.map(({ source, offset }) => [source, offset]),
    [
      ['events.jsonl', '3'],
      ['events.jsonl', '5'],
    ],
  );
  assert.equal(folded.report.ignored, 1);
});

function placedLine(offset: number): string {
  return `{"partition":0,"offset":${offset},"timestamp":"2026-01-31T00:00:00Z","key":"1","payload":"{}"}`;
}

test('a file whose offsets go back is refused', async () => {
  const inputs = [lineEvents(fileOf('events.jsonl', [placedLine(2), placedLine(1)]))];
  await assert.rejects(foldArchive({ inputs, format: 'db2' }), { code: 'LOAD_INPUT_UNREADABLE' });
});

test('what does not fit into the memory goes to files, which are removed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bss-fold-test-'));
  const filler = 'x'.repeat(4000);
  const lines = Array.from(
    { length: 40_000 },
    (_, i) => `{"key":{"id":${i % 25_000}},"value":{"n":${i},"t":"${filler}"}}`,
  );
  try {
    const inputs = [lineEvents(fileOf('events.jsonl', lines))];
    {
      await using folded = await foldArchive({
        inputs,
        format: 'db2',
        memoryBytes: 128 * 1024 * 1024,
        temporaryFolder: folder,
      });
      assert.equal(folded.report.rows, 25_000);
      let sum = 0;
      for await (const { row } of folded.rows()) sum += Number(/\d+/.exec(row)?.[0]);
      assert.equal(sum, (40_000 * 39_999) / 2 - (15_000 * 14_999) / 2);
      assert.equal((await readdir(folder)).length, 1);
    }
    assert.deepEqual(await readdir(folder), []);
  } finally {
    await rm(folder, { recursive: true });
  }
});
