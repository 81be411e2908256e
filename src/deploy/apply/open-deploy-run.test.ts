import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ManualClock } from '../../core/runtime/manual-clock.ts';
import type { Deployment } from '../facts/deployment.ts';
import { Journal } from '../journal/journal.ts';
import { JournalFile } from '../journal/journal-file.ts';
import { deployFolder, openDeployRun } from './open-deploy-run.ts';
import { plannedFacts, refuseChanges } from './planned-facts.ts';

const DEPLOYMENT: Deployment = {
  version: 1,
  name: 'shop',
  mode: 'parallel',
  facts: { greenfield: false, olderDataWanted: true, nearRealTimeCritical: false, cdc: true },
  // Whatever connects to it shows that it was not refused before.
  bss: { kafka: { brokers: ['127.0.0.1:1'] }, bucket: { url: 'file:///none' }, storer: { topics: ['orders'] } },
  runtime: { type: 'local' },
  cdc: { driver: 'debezium', connectUrl: 'http://connect:8083', connector: 'shop', load: 'signal' },
  checks: { quietPeriodMs: 1_000, clockSkewMaxMs: 5_000, samples: 10, loadTimeoutMs: 120_000 },
};

/** A deployment of whose procedure one step is done. Gives its opening with another file. */
async function begunWith(t: TestContext): Promise<(deployment: Deployment) => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'bss-open-deploy-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const clock = new ManualClock();
  {
    await using file = new JournalFile(deployFolder(directory, DEPLOYMENT.name));
    const journal = await Journal.open(file, clock);
    await journal.append({
      type: 'begun',
      version: 1,
      name: DEPLOYMENT.name,
      id: 'shop-1',
      procedure: 'P4',
      mode: DEPLOYMENT.mode,
      facts: { procedure: 'P4', ...plannedFacts(DEPLOYMENT) },
      steps: ['check-landscape', 'stop-cdc'],
    });
    await journal.append({ type: 'step-done', step: 'check-landscape' });
  }
  return async (deployment) => {
    await using resources = new AsyncDisposableStack();
    const around = { directory, environment: {}, clock, coreCount: 1, readFile: () => '' };
    await openDeployRun(deployment, around, resources);
  };
}

test('what is under way is opened, to go on, to take it back or to certify it, as what was begun alone', async (t) => {
  const open = await begunWith(t);
  const { cdc, ...withoutCdc } = DEPLOYMENT;
  assert.ok(cdc?.driver === 'debezium');
  await assert.rejects(open({ ...DEPLOYMENT, cdc: { ...cdc, connector: 'other' } }), {
    code: 'DEPLOY_CHANGED',
    message: /cdc\.connector: was "shop", is "other"$/,
  });
  const bss = { ...DEPLOYMENT.bss, storer: { topics: ['orders'], groupId: 'other' } };
  await assert.rejects(open({ ...DEPLOYMENT, bss }), {
    code: 'DEPLOY_CHANGED',
    message: /bss\.storer\.groupId: was absent, is "other"$/,
  });
  // Another procedure, which has no CDC.
  await assert.rejects(open({ ...withoutCdc, facts: { greenfield: true } }), {
    code: 'DEPLOY_CHANGED',
    message: /cdc\.driver: was "debezium", is absent.*procedure: was "P4", is "P1"$/,
  });
  const checks = { ...DEPLOYMENT.checks, samples: 3 };
  await assert.rejects(open({ ...DEPLOYMENT, checks }), (error: { readonly code?: unknown }) => {
    return error.code !== 'DEPLOY_CHANGED';
  });
});

test('a source may be added, by which more is counted; it may not be changed or taken away', () => {
  const source = { url: 'postgresql://db/shop', tables: { orders: 'public.orders' } };
  const [without, withSource] = [plannedFacts(DEPLOYMENT), plannedFacts({ ...DEPLOYMENT, source })];
  refuseChanges(without, withSource, 'shop');
  assert.throws(() => refuseChanges(withSource, without, 'shop'), { message: /source\.url: was .*, is absent/ });
  const other = { ...withSource, 'source.tables.orders': 'public.other' };
  assert.throws(() => refuseChanges(withSource, other, 'shop'), {
    message: /source\.tables\.orders: was "public\.orders"/,
  });
});

test('no password of an address is in the facts', () => {
  const source = { url: 'postgresql://bss:p@ss@db/shop?password=secret&user=bss', tables: {} };
  const cdc = { driver: 'command', stop: ['/opt/stop', 'https://me:secret@cdc/shop'], start: ['/opt/start'] } as const;
  const command = { ...cdc, startLoad: ['/opt/load'], loadState: ['/opt/state'] };
  const facts = plannedFacts({ ...DEPLOYMENT, source, cdc: command });
  assert.equal(facts['source.url'], 'postgresql://db/shop?password=&user=bss');
  assert.deepEqual(facts['cdc.stop'], ['/opt/stop', 'https://cdc/shop']);
});
