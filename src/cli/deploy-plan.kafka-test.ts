import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testClient, testTopic } from '../../test/harness/kafka-topic.ts';
import { recordingHost } from '../../test/harness/recording-host.ts';
import { testKafka } from '../../test/harness/shared-services.ts';
import { COMMANDS } from './commands.ts';
import { runCli } from './run-cli.ts';

const kafka = await testKafka();

test('deploy plan describes every step of the procedure, and changes nothing', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'bss-plan-'));
  t.after(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'bucket'));
  const client = await testClient(t, kafka.bootstrap);
  const topic = await testTopic(client, 2);
  const eventsTopic = `${topic}-events`;
  const deployment = {
    version: 1,
    name: 'shop',
    mode: 'parallel',
    facts: { greenfield: true },
    bss: {
      kafka: { brokers: [kafka.bootstrap] },
      bucket: { url: `file://${directory}/bucket` },
      storer: { groupId: `${topic}-storer`, topics: [topic], eventsTopic },
    },
    runtime: { type: 'local' },
  };
  await writeFile(join(directory, 'deployment.yaml'), JSON.stringify(deployment));
  const host = recordingHost({ directory });
  assert.equal(await runCli(['deploy', 'plan'], host, COMMANDS), 0, host.errors());
  const steps = host.output().slice(host.output().indexOf('\nSteps\n'));
  for (const number of [1, 2, 3]) assert.match(steps, new RegExp(`\n ${number} {2}\\S`));
  assert.match(steps, new RegExp(eventsTopic));
  assert.match(steps, / {4}undo {5}\S/);
  assert.deepEqual(await client.existingTopics([eventsTopic]), new Set());
  assert.deepEqual(await client.allCommittedOffsets(`${topic}-storer`), []);
});
