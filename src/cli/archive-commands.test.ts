import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { recordingHost } from '../../test/harness/recording-host.ts';
import { SampleArchive } from '../../test/harness/sample-archive.ts';
import { openFileBucket } from '../core/bucket/file-bucket.ts';
import { COMMANDS } from './commands.ts';
import { runCli } from './run-cli.ts';

let root = '';

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'bss-archive-'));
  const bucket = await openFileBucket(root);
  const orders = await SampleArchive.create(bucket);
  await orders.store(0, { start: 0n, end: 1000n, compacted: [5n, 6n] });
  await orders.store(0, { start: 1000n, end: 2000n });
  const skipped = { range: { start: 120n, end: 130n }, reason: 'skipped' as const };
  await orders.store(1, { start: 0n, end: 100n, compression: 'gzip' });
  await orders.store(1, { start: 130n, end: 140n, precedingGap: skipped });
  await (
    await SampleArchive.create(bucket, 'customers', 'topic-id-2')
  ).store(0, { start: 7n, end: 9n, compression: 'none' });
});

after(() => rm(root, { recursive: true }));

async function run(line: string, bucket = root) {
  const host = recordingHost();
  const exitCode = await runCli([...line.split(' '), '--bucket', bucket], host, COMMANDS);
  return { exitCode, output: host.output(), errors: host.errors() };
}

function jsonLines(output: string): Record<string, unknown>[] {
  return output
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as object) }));
}

test('ls shows every partition, with totals and holes', async () => {
  const { exitCode, output } = await run('archive ls');
  assert.equal(exitCode, 0);
  const rows = output.split('\n').map((line) => line.trim().split(/ {2,}/));
  assert.deepEqual(
    rows.map((row) => row[0]),
    ['customers/0001', 'PARTITION', '0', '', 'orders/0001', 'PARTITION', '0', '1', 'all', ''],
  );
  assert.deepEqual(rows[2]?.slice(1, 4), ['7..8', '2', '1']);
  assert.deepEqual(rows[6]?.slice(1, 4), ['0..1999', '1,998', '2']);
  assert.deepEqual(rows[6]?.slice(-3), ['2023-11-14 22:13:20', '2023-11-14 22:46:39', '2 compacted']);
  assert.deepEqual(rows[7]?.at(-1), '20 missing, 10 skipped');
  assert.deepEqual(rows[8]?.slice(1, 3), ['2,108', '4']);
});

test('ls as JSON has exact numbers, and with --segments every segment and hole', async () => {
  const [first, second] = jsonLines((await run('archive ls orders --json')).output);
  assert.deepEqual(
    [first?.['start'], first?.['end'], first?.['recordCount'], first?.['gapOffsets']],
    ['0', '2000', 1998, { compacted: '2' }],
  );
  assert.deepEqual(second?.['gapOffsets'], { missing: '20', skipped: '10' });
  const links = jsonLines((await run('archive ls orders --segments --json')).output);
  assert.deepEqual(
    links.map(({ kind, partition, start, end, reason }) => [kind, partition, start, end, reason]),
    [
      ['segment', 0, '0', '1000', undefined],
      ['segment', 0, '1000', '2000', undefined],
      ['segment', 1, '0', '100', undefined],
      ['gap', 1, '100', '120', 'missing'],
      ['gap', 1, '120', '130', 'skipped'],
      ['segment', 1, '130', '140', undefined],
    ],
  );
  const text = (await run('archive ls orders --segments')).output;
  assert.match(text, /100\.\.119 {2}MISSING: no records at 20 offsets/);
  assert.equal(text.match(/^PARTITION/gm)?.length, 1);
});

test('cat prints records as they are stored', async () => {
  const { exitCode, output } = await run('archive cat orders --partition 1 --from-offset 99 --to-offset 131');
  assert.equal(exitCode, 0);
  assert.deepEqual(
    jsonLines(output).map(({ partition, offset }) => [partition, offset]),
    [
      [1, 99],
      [1, 130],
    ],
  );
  const day = await run('archive cat orders --from-time 2023-11-14T22:46:38Z --to-time 2023-11-15 --limit 5');
  assert.deepEqual(
    jsonLines(day.output).map(({ offset }) => offset),
    [1998, 1999],
  );
  assert.equal((await run('archive cat')).exitCode, 2);
  assert.equal((await run('archive cat orders --partition 1,x')).exitCode, 2);
  const absent = await run('archive cat absent');
  assert.equal(absent.exitCode, 1);
  assert.match(absent.errors, /ARCHIVE_FOLDER_MISSING/);
});

test('verify ends with 0 when all is well, with 3 when it finds something', async () => {
  const well = await run('archive verify customers');
  assert.deepEqual([well.exitCode, well.output], [0, 'Verified 1 segment, 2 records, 290 B in 0 ms: all is well.\n']);
  const { exitCode, output } = await run('archive verify --json');
  assert.equal(exitCode, 3);
  const lines = jsonLines(output);
  assert.deepEqual(lines[0], {
    kind: 'finding',
    name: 'offsets-missing',
    severity: 'error',
    key: 'orders/0001/1/',
    offsets: { start: '100', end: '120' },
    detail: 'offsets 100 to 119 are in no segment, and no recorded gap says why',
  });
  const { objectBytes, ...summary } = lines[1] ?? {};
  assert.deepEqual(summary, { kind: 'summary', segmentCount: 5, recordCount: 2110, errorCount: 1, warningCount: 0 });
  assert.ok(Number(objectBytes) > 0);
  assert.match(
    (await run('archive verify orders')).output,
    /offsets-missing {2}orders\/0001\/1\/[^]*: 1 error, 0 warnings\.\n$/,
  );
});

test('cat refuses a range that ends before it begins', async () => {
  for (const range of ['--from-offset 5 --to-offset 3', '--from-time 2026-02-01 --to-time 2026-01-01']) {
    const { exitCode, errors } = await run(`archive cat orders ${range}`);
    assert.equal(exitCode, 2);
    assert.match(errors, /--to-(offset|time) must not be before --from-/);
  }
});

test('reload tells of wrong options by the names that were typed', async () => {
  const { exitCode, errors } = await run('reload orders --to copy --from-offset 9 --to-offset 3');
  assert.equal(exitCode, 2);
  assert.match(errors, /--to-offset must be above --from-offset; it is the first/);
});

test('verify does not call well what holds nothing', async () => {
  const { exitCode, output } = await run('archive verify', 'memory:nothing');
  assert.deepEqual([exitCode, output], [0, 'memory:nothing holds no segment: there is nothing to verify.\n']);
});

test('index says what it did', async () => {
  const { exitCode, output } = await run('archive index orders --rebuild');
  assert.deepEqual(
    [exitCode, output],
    [0, 'orders/0001/0: 0 index objects written\norders/0001/1: 0 index objects written\n'],
  );
});
