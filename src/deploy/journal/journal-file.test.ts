import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ManualClock } from '../../core/runtime/manual-clock.ts';
import { Journal, readState } from './journal.ts';
import type { DeploymentBegun } from './journal-event.ts';
import { JournalFile, journalPath, journalReader } from './journal-file.ts';
import { lockJournal } from './journal-lock.ts';

const BEGUN: DeploymentBegun = {
  type: 'begun',
  version: 1,
  name: 'shop',
  id: 'shop-1',
  procedure: 'P4',
  mode: 'sequential',
  facts: {},
  steps: ['a', 'b'],
};

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'bss-journal-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('what was appended is there after a crash, without the line that was cut off', async (t) => {
  const path = await folder(t);
  const clock = new ManualClock();
  {
    await using file = new JournalFile(path);
    const journal = await Journal.open(file, clock);
    await journal.append(BEGUN);
    // At once, as steps do that work in parallel.
    await Promise.all([1, 2, 3].map((value) => journal.append({ type: 'note', step: 'a', key: `k${value}`, value })));
  }
  await appendFile(journalPath(path), '{"type":"note","step":"a","key":"torn","va');
  assert.deepEqual([...((await readState(journalReader(path)))?.steps.get('a')?.notes ?? [])].length, 3);
  await using file = new JournalFile(path);
  const journal = await Journal.open(file, clock);
  await journal.append({ type: 'note', step: 'a', key: 'k4', value: ['Ü', null] });
  const lines = (await readFile(journalPath(path), 'utf8')).split('\n');
  assert.equal(lines.length, 6, 'five lines and nothing');
  const state = await readState(journalReader(path));
  assert.deepEqual(Object.fromEntries(state?.steps.get('a')?.notes ?? []), { k1: 1, k2: 2, k3: 3, k4: ['Ü', null] });
  await journal.rotate();
  assert.equal(journal.state, undefined);
  await journal.append(BEGUN);
  assert.equal((await readdir(path)).filter((name) => name.startsWith('journal-until-')).length, 1);
});

test('a damaged line and a journal of a later release are refused with their place', async (t) => {
  const path = await folder(t);
  await writeFile(journalPath(path), `${JSON.stringify({ ...BEGUN, atMs: 1 })}\nnonsense\n`);
  await assert.rejects(readState(journalReader(path)), {
    code: 'DEPLOY_JOURNAL_CORRUPT',
    message: /jsonl:2: it is not/,
  });
  await writeFile(journalPath(path), `${JSON.stringify({ ...BEGUN, version: 2, atMs: 1 })}\n`);
  await assert.rejects(readState(journalReader(path)), {
    code: 'DEPLOY_JOURNAL_CORRUPT',
    message: /is not of version 1/,
  });
  const begun = JSON.stringify({ ...BEGUN, atMs: 1 });
  const done = '{"type":"step-done","step":"a","atMs":2}';
  const damaged = [
    { lines: [done], reason: /jsonl:1: a journal begins with what was begun, once/ },
    { lines: [begun, done, begun], reason: /jsonl:3: a journal begins with what was begun, once/ },
    { lines: [begun, '{"type":"step-paused","atMs":2}'], reason: /jsonl:2: .*no entry of type step-paused/ },
  ];
  for (const { lines, reason } of damaged) {
    await writeFile(journalPath(path), lines.map((line) => `${line}\n`).join(''));
    await assert.rejects(readState(journalReader(path)), { code: 'DEPLOY_JOURNAL_CORRUPT', message: reason });
  }
});

test('one at a time: the lock of a living process is refused, that of a killed one is taken over', async (t) => {
  const path = await folder(t);
  {
    await using _lock = await lockJournal(path);
    await assert.rejects(lockJournal(path), { code: 'DEPLOY_JOURNAL_LOCKED', message: new RegExp(`${process.pid}`) });
  }
  assert.deepEqual(await readdir(path), ['journal.lock.1'], 'its number stays, free');
  {
    await using _lock = await lockJournal(path);
  }
  const script = `import { lockJournal } from ${JSON.stringify(new URL('journal-lock.ts', import.meta.url).href)};
    await lockJournal(${JSON.stringify(path)}); process.stdout.write('locked'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await assert.rejects(lockJournal(path), { code: 'DEPLOY_JOURNAL_LOCKED' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const attempts = await Promise.allSettled([1, 2, 3, 4].map(() => lockJournal(path)));
  const won = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
  assert.equal(won.length, 1, 'of several who find it, one has it');
  await won[0]?.[Symbol.asyncDispose]();
});

test('a process of another machine, and one that has the number of a dead one', async (t) => {
  const path = await folder(t);
  const lock = { pid: process.pid, host: hostname(), started: 'another boot/1', token: 'x' };
  await writeFile(join(path, 'journal.lock.7'), JSON.stringify(lock));
  {
    await using _taken = await lockJournal(path);
  }
  await writeFile(join(path, 'journal.lock.9'), JSON.stringify({ ...lock, host: 'elsewhere' }));
  await assert.rejects(lockJournal(path), { code: 'DEPLOY_JOURNAL_LOCKED', message: /elsewhere/ });
});
