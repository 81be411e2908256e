import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fillTopic } from '../../test/harness/file-archive.ts';
import { joinIdly } from '../../test/harness/group-member.ts';
import { testClient, testTopic } from '../../test/harness/kafka-topic.ts';
import { recordingHost } from '../../test/harness/recording-host.ts';
import { testKafka, uniqueName } from '../../test/harness/shared-services.ts';
import { COMMANDS } from './commands.ts';
import { runCli } from './run-cli.ts';

const kafka = await testKafka();

async function scene(t: TestContext) {
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 2);
  await fillTopic(client, topic, [8, 3]);
  const directory = mkdtempSync(join(tmpdir(), 'bss-offsets-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const run = async (line: string) => {
    const host = recordingHost({ directory, readFile: (path) => readFileSync(path, 'utf8') });
    const exitCode = await runCli(['offsets', ...line.split(' '), '--brokers', kafka.bootstrap], host, COMMANDS);
    return { exitCode, output: host.output(), errors: host.errors() };
  };
  return { client, topic, directory, run, group: uniqueName('group') };
}

/** The cells of the line that begins with this word. */
function row(output: string, first: string): string[] {
  const line = output.split('\n').find((text) => text.startsWith(`${first} `)) ?? '';
  return line.trim().split(/ {2,}/);
}

test('planned to a file, looked at, applied, shown, taken back', async (t) => {
  const { topic, directory, run, group } = await scene(t);
  const planned = await run(`plan ${group} --to-offsets ${topic}-0=5 --out plan.json`);
  assert.equal(planned.exitCode, 0, planned.errors);
  assert.deepEqual(row(planned.output, `${topic}-0`), [`${topic}-0`, '-', '5', '5', '0', '0', '9']);
  assert.match(planned.output, /warning {2}records-skipped {2}\S+-0\n +Up to 5 records/);
  assert.match(planned.output, new RegExp(`left as they are: ${topic}-1\\.`));
  assert.match(planned.output, /In all: 1 of 1 partitions change, at most 5 records are skipped, 0 repeated\.\n$/);
  assert.match((await run(`show ${group} --topics ${topic}`)).output, /dead\n/);

  const applied = await run('apply --plan plan.json');
  assert.deepEqual([applied.exitCode, applied.errors], [0, '']);
  assert.match(applied.output, /Done: group \S+ was set in 1 of 1 partition; read again/);
  const shown = await run(`show ${group}`);
  assert.deepEqual(row(shown.output, `${topic}-0`), [`${topic}-0`, '5', '4', '0', '9']);
  assert.deepEqual(row(shown.output, `${topic}-1`), [`${topic}-1`, '-', '-', '0', '4']);
  assert.match((await run('show')).output, new RegExp(`${group} +empty`));
  assert.match((await run('apply --plan plan.json')).output, /nothing to change/);

  const back = await run('apply --plan plan.json --undo --json');
  assert.deepEqual(JSON.parse(back.output), {
    ...(JSON.parse(back.output) as object),
    group,
    changedCount: 1,
    partitions: [{ topic, partition: 0, before: { offset: '5', metadata: '' }, planned: null, actual: null }],
  });
  writeFileSync(join(directory, 'plan.json'), '{}');
  const spoilt = await run('apply --plan plan.json --json');
  assert.equal(spoilt.exitCode, 1);
  assert.match(spoilt.errors, /OFFSETS_TARGET_INVALID/);
});

test('every way to say where to, in JSON', async (t) => {
  const { client, topic, directory, run, group } = await scene(t);
  await client.alterGroupOffsets(group, [
    { topic, partition: 0, offset: 4n, metadata: '' },
    { topic, partition: 1, offset: 2n, metadata: '' },
  ]);
  const partitions = [{ topic, partition: 1, offset: '1' }];
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ offsets: { group: 'projections', partitions } }));
  writeFileSync(join(directory, 'export.csv'), `"${topic}",0,6\n"${topic}",1,3\n`);
  const afters = async (flags: string) => {
    const { exitCode, output, errors } = await run(`plan ${group} ${flags} --json`);
    assert.equal(exitCode, 0, errors);
    const plan = JSON.parse(output) as { partitions: { partition: number; after: string }[] };
    return plan.partitions.map(({ partition, after }) => `${partition}=${after}`).join(' ');
  };
  assert.equal(await afters('--to-earliest'), '0=0 1=0');
  assert.equal(await afters('--to-latest'), '0=9 1=4');
  assert.equal(await afters('--to-time 2100-01-01'), '0=9 1=4');
  assert.equal(await afters('--to-time 1990-01-01T00:00:00Z'), '0=0 1=0');
  assert.equal(await afters('--shift-by -2'), '0=2 1=0');
  assert.equal(await afters('--shift-by +1'), '0=5 1=3');
  assert.equal(await afters('--shift-by -3 --clamp'), '0=1 1=0');
  assert.equal(await afters(`--to-offsets ${topic}-0=1,${topic}-1=4`), '0=1 1=4');
  assert.equal(await afters('--to-snapshot manifest.json'), '1=1');
  assert.equal(await afters('--to-file export.csv'), '0=6 1=3');
});

test('refusals: exit code 3 of a plan for a live group, 1 of its apply, 1 outside of the log, 2 for a wrong line', async (t) => {
  const { topic, run, group } = await scene(t);
  await joinIdly(t, kafka.bootstrap, group, [topic]);
  const planned = await run(`plan ${group} --topics ${topic} --to-latest`);
  assert.equal(planned.exitCode, 3);
  assert.match(planned.output, /Cannot be applied now: the group has \S+ \(client id idle-member\) at 127/);
  assert.match((await run(`show ${group} --topics ${topic}`)).output, /members: \S+ \(client id idle-member\)/);
  const applied = await run(`apply ${group} --topics ${topic} --to-latest`);
  assert.equal(applied.exitCode, 1);
  assert.match(applied.errors, /code: KAFKA_GROUP_NOT_EMPTY/);
  const outside = await run(`plan ${group} --to-offsets ${topic}-0=10`);
  assert.equal(outside.exitCode, 1);
  assert.match(outside.errors, /code: OFFSETS_OUTSIDE_LOG/);
  for (const [line, message] of [
    [`plan ${group}`, /say where to/],
    [`plan ${group} --to-latest --shift-by 3`, /only one of/],
    ['apply', /say what to apply/],
    [`apply ${group} --to-latest --undo`, /--undo needs the plan/],
    [`apply ${group} --plan plan.json`, /--plan goes without a group/],
    [`plan ${group} --to-time yesterday`, /must be a time/],
    [`plan ${group} --to-offsets ${topic}=3`, /must be topic-partition=offset/],
    [`plan ${group} --shift-by 1.5`, /must be a whole number/],
  ] as const) {
    const { exitCode, errors } = await run(line);
    assert.deepEqual([line, exitCode], [line, 2]);
    assert.match(errors, message);
  }
  const absent = await run(`plan ${group} --to-file nothing.csv`);
  assert.equal(absent.exitCode, 1);
  assert.match(absent.errors, /nothing\.csv[^]*OFFSETS_TARGET_INVALID/);
});
