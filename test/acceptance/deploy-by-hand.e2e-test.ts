import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../../src/demo/services/until.ts';
import { changeTopic, type RowChange } from '../harness/change-topic.ts';
import { type CommandSite, openCommandSite } from '../harness/command-site.ts';
import { foldFolder } from '../harness/fold-folder.ts';
import { testClient, testTopic } from '../harness/kafka-topic.ts';
import { testKafka } from '../harness/shared-services.ts';

/** P4 with a CDC that only a person can speak to, by the command itself: in a pipeline and at a terminal. */

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const PROMPT_DEADLINE_MS = 60_000;
const ENTER = '\r';

const ROWS = Array.from({ length: 40 }, (_, id): RowChange => ({ key: { id }, row: { id, name: `row ${id}` } }));

/** Runs `bss deploy apply` at a terminal, and does for each question what its answer says, before it is confirmed. */
async function applyAtTerminal(
  { cwd, environment }: CommandSite,
  answers: readonly { readonly question: RegExp; readonly act: () => Promise<void> }[],
): Promise<{ readonly exitCode: number | null; readonly screen: string }> {
  const command = [process.execPath, MAIN, 'deploy', 'apply'].map((word) => `'${word}'`).join(' ');
  // Gives the command a terminal, so wide that no sentence is broken, and is a pipe for us.
  const wide = `stty columns 1000 rows 50; ${command}`;
  const terminal = spawn('script', ['--quiet', '--return', '--command', wide, '/dev/null'], {
    cwd,
    env: { ...process.env, ...environment, TERM: 'xterm', NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(terminal, 'close');
  let screen = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  for (const { question, act } of answers) {
    const from = screen.length;
    const isAsked = (): boolean => {
      assert.equal(terminal.exitCode, null, screen);
      return question.test(screen.slice(from));
    };
    await until(isAsked, { deadlineMs: PROMPT_DEADLINE_MS, what: `${question} to be asked` });
    await act();
    terminal.stdin.write(ENTER);
  }
  await ended;
  return { exitCode: terminal.exitCode, screen };
}

test('a person stops, loads and starts the CDC: asked in a pipeline and at a terminal, and believed only when it is so', async (t) => {
  const { bootstrap } = await testKafka();
  const client = await testClient(t, bootstrap);
  const topic = await testTopic(client, 2);
  await changeTopic(client, topic, ROWS.slice(0, 3));
  const site = await openCommandSite(t, {
    bootstrap,
    procedure: 'P4',
    storer: { topics: [{ topic, folder: 'orders' }] },
    sections: { cdc: { driver: 'manual', instructions: { stop: 'Stop mirroring of SHOP.' } } },
  });
  // Nobody is there: it ends, and says what is to be done.
  const waiting = await site.bss(['deploy', 'apply', '--json']);
  assert.equal(waiting.exitCode, 4, waiting.stdout + waiting.stderr);
  const last = JSON.parse(waiting.stdout.trim().split('\n').at(-1) ?? '') as unknown;
  assert.deepEqual(last, {
    ...Object(last),
    event: 'waiting',
    step: 'stop-cdc',
    instruction: 'Stop mirroring of SHOP.',
  });
  assert.match((await site.bss(['deploy', 'status'])).stdout, /stop-cdc +waiting +Stop mirroring of SHOP\./);

  // That it is called again is the answer; then it asks at the terminal.
  let isStarted = false;
  const { exitCode, screen } = await applyAtTerminal(site, [
    { question: /Confirm when the load has ended/, act: () => changeTopic(client, topic, ROWS, 'r') },
    {
      question: /See that the CDC runs/,
      act: () => {
        isStarted = true;
        return Promise.resolve();
      },
    },
  ]);
  assert.equal(exitCode, 0, screen);
  assert.ok(isStarted);
  assert.match(screen, /Everything is done and checked\./);
  const folded = await foldFolder(site.bucket, 'orders');
  const rows = new Map([...folded.rows].map(([key, row]): [string, unknown] => [key, JSON.parse(row)]));
  assert.deepEqual(rows, new Map(ROWS.map(({ key, row }) => [JSON.stringify(key), row])));
  assert.equal(folded.messages, ROWS.length, 'the archive begins at the load');
  const { verdict, reasons } = await site.certify();
  assert.deepEqual([verdict, reasons], ['proven', []]);
  // Answered at once. What it wrote into the live topic stays, and is said to.
  const undone = await site.bss(['deploy', 'undo', '--yes']);
  assert.equal(undone.exitCode, 3, undone.stdout + undone.stderr);
  assert.deepEqual(await client.allCommittedOffsets(site.groupId), []);
});
