import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { cdcConformance, testRun } from '../../../../test/harness/cdc-conformance.ts';
import { actOnToyFile, newToy, type ToyState } from '../../../../test/harness/toy-cdc.ts';
import { TOY_TOPICS, toyUnderTest } from '../../../../test/harness/toy-cdc-under-test.ts';
import { processEnvironment } from '../../../core/config/process-environment.ts';
import { type ErrorCode, isAppError } from '../../../core/errors.ts';
import { until } from '../../../demo/services/until.ts';
import { type CommandFacts, commandDriver } from './command-driver.ts';

const COMMAND = fileURLToPath(new URL('../../../../test/harness/toy-cdc-command.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bss-toy-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function factsFor(file: string): CommandFacts {
  const command = (action: string): string[] => [process.execPath, COMMAND, file, action];
  return {
    driver: 'command',
    stop: command('stop'),
    start: command('start'),
    state: command('state'),
    startLoad: command('load'),
    loadState: command('loadState'),
    endLoad: command('endLoad'),
  };
}

cdcConformance('commands', async () => {
  const file = join(mkdtempSync(join(folder, 'site-')), 'toy.json');
  writeFileSync(file, JSON.stringify(newToy(TOY_TOPICS)));
  const toy = {
    read: () => JSON.parse(readFileSync(file, 'utf8')) as ToyState,
    change: () => void actOnToyFile(file, { do: 'change' }),
  };
  return toyUnderTest(commandDriver(factsFor(file), processEnvironment()), toy, { tellsState: true });
});

/** A driver all of whose commands are a shell script. */
function scripted(script: string, facts: Partial<CommandFacts> = {}): ReturnType<typeof commandDriver> {
  const command = ['/bin/sh', '-c', script];
  const all = { stop: command, start: command, state: command, startLoad: command, loadState: command };
  return commandDriver({ driver: 'command', ...all, ...facts }, { PATH: '/usr/bin:/bin' });
}

test('exit codes say what went wrong, and the end of standard error is shown', async () => {
  const cases: readonly (readonly [string, ErrorCode, RegExp])[] = [
    ['echo no such task >&2; exit 3', 'DEPLOY_CDC_REFUSED', /cdc\.stop.*code 3.*no such task/s],
    ['exit 69', 'DEPLOY_CDC_UNREACHABLE', /code 69/],
    ['echo boom >&2; exit 1', 'DEPLOY_CDC_FAILED', /boom/],
    ['kill -TERM $$', 'DEPLOY_CDC_FAILED', /SIGTERM/],
  ];
  for (const [script, code, message] of cases) {
    await assert.rejects(scripted(script).stop(testRun()), (error) => {
      assert.ok(isAppError(error, code), `${script}: ${String(error)}`);
      assert.match(error.message, message);
      return true;
    });
  }
});

test('a command that takes too long is killed, and a program that is not there cannot be reached', async () => {
  const slow = scripted('exec sleep 60', { timeoutMs: 100 });
  await assert.rejects(slow.start(testRun()), (error) => isAppError(error, 'DEPLOY_CDC_TIMEOUT'));
  const absent = scripted('', { stop: [join(folder, 'no-such-program')] });
  await assert.rejects(absent.stop(testRun()), (error) => isAppError(error, 'DEPLOY_CDC_UNREACHABLE'));
});

test('answers that are not what docs/cdc.md says are refused; without a state command the state is unknown', async () => {
  for (const answer of ['asleep', 'Running!', '{"state":"asleep"}', '["running"]', '']) {
    await assert.rejects(scripted(`printf %s '${answer}'`).state(), (error) => isAppError(error, 'DEPLOY_CDC_REFUSED'));
  }
  const { state, detail } = await scripted(`echo '{"state":"paused","since":7}'`).state();
  assert.deepEqual([state, detail], ['paused', { state: 'paused', since: 7 }]);
  assert.equal((await scripted('echo running').state()).state, 'running');
  assert.equal((await scripted('', { state: undefined }).state()).state, 'unknown');
});

test('a load command is told what to load', async () => {
  const request = { id: 'l1', by: 'spare', topics: [{ topic: 'a', target: 'a-init' }] } as const;
  const script = `printf '{"id":"%s","by":"%s","topics":%s}' "$BSS_LOAD_ID" "$BSS_LOAD_BY" "$BSS_TOPICS"`;
  assert.deepEqual(await scripted(script).startLoad(request, testRun()), request);
});

test('a command that leaves a process behind, which keeps its output open, has ended when it has ended', async () => {
  const pidFile = join(folder, 'left-behind.pid');
  const leaves = `sleep 300 & echo $! > ${pidFile}; echo running`;
  const end = (): void => void process.kill(Number(readFileSync(pidFile, 'utf8')));
  assert.equal((await scripted(leaves).state()).state, 'running');
  end();
  const slow = scripted(`${leaves}; wait`, { timeoutMs: 500 });
  await assert.rejects(slow.start(testRun()), (error) => isAppError(error, 'DEPLOY_CDC_TIMEOUT'));
  end();
});

test('a command that does not heed being stopped is killed before we end', async () => {
  const file = join(folder, 'pid');
  const abort = new AbortController();
  const script = `trap '' TERM; echo $$ > ${file}.tmp; mv ${file}.tmp ${file}; while :; do sleep 0.1; done`;
  const stopped = scripted(script).stop({ ...testRun(), signal: abort.signal });
  await until(() => existsSync(file), { deadlineMs: 10_000, what: 'the command to have begun' });
  abort.abort(new Error('stopped by SIGINT'));
  await assert.rejects(stopped, /stopped by SIGINT/);
  assert.throws(() => process.kill(Number(readFileSync(file, 'utf8')), 0), { code: 'ESRCH' });
});
