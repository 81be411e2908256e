import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/core/runtime/clock.ts';
import type { CdcDriver, CdcRun, InitialLoadRequest, LoadState } from '../../src/deploy/cdc/cdc-driver.ts';
import type { JsonValue } from '../../src/deploy/step/step.ts';
import type { FoldStarts } from '../../src/demo/cdc/compare-table.ts';
import { until } from '../../src/demo/services/until.ts';

/** A CDC to be examined: running, with somebody who changes what it captures, its topics without the first rows. */
export interface CdcUnderTest {
  readonly driver: CdcDriver;
  readonly run: CdcRun;
  readonly liveTopics: readonly string[];
  /** The live topics and, for each, a new one to be loaded into. */
  readonly targets: () => Promise<InitialLoadRequest['topics']>;
  /** Returns when there has been at least one change for each live topic. */
  readonly change: () => Promise<void>;
  /** Where each partition of a topic ends; its records are counted from 0. */
  readonly ends: (topic: string) => Promise<FoldStarts>;
  /** Waits until the CDC, which runs, has captured what was changed before. */
  readonly captured: () => Promise<void>;
  /** Fails unless folding the topics one after the other by key gives the table behind the live topic, all captured. */
  readonly assertFolds: (liveTopic: string, topics: readonly string[], from?: FoldStarts) => Promise<void>;
  /** False: its state is `unknown` all the time. */
  readonly tellsState: boolean;
  /** Longer than it takes, when it runs, to bring a change. */
  readonly quietMs: number;
  /** After a load has ended: nothing of it is there any more. */
  readonly assertNothingLeft?: () => Promise<void>;
}

const LOAD_TIMEOUT_MS = 60_000;

/** How a driver reaches people: what it said is kept, and `askPerson` does what the test does as that person. */
export function testRun(person: (instruction: string) => Promise<void> = () => Promise.resolve()): CdcRun & {
  readonly said: string[];
} {
  const said: string[] = [];
  return {
    said,
    signal: new AbortController().signal,
    say: (text) => void said.push(text),
    askPerson: (instruction) => person(instruction),
    progress: () => undefined,
  };
}

/** Asks until a load has ended, and gives what was said of its end. */
export async function loadEnd(driver: CdcDriver, request: InitialLoadRequest, handle: JsonValue): Promise<LoadState> {
  return until(
    async () => {
      const state = await driver.loadState(request, handle);
      return state.state === 'running' ? undefined : state;
    },
    { deadlineMs: LOAD_TIMEOUT_MS, what: `load ${request.id} to end`, pollMs: 200 },
  );
}

/** Gives the CDC to a test, as often as it is asked. */
export type OpenCdc = () => Promise<CdcUnderTest>;

/** The contract of `CdcDriver` as one suite for all of them. Every call is made twice, as after a crash. */
export function cdcConformance(name: string, open: OpenCdc): void {
  test(`${name}: nothing is captured while it is stopped, and everything after it is started again`, async () => {
    await assertStopsAndStarts(await open());
  });
  test(`${name}: a spare task loads every row into topics of its own while the CDC goes on`, async () => {
    await assertLoadsBySpare(await open());
  });
  test(`${name}: the CDC itself loads every row into its topics and goes on from there`, async () => {
    await assertLoadsItself(await open(), 'load-itself');
  });
}

async function assertStopsAndStarts(cdc: CdcUnderTest): Promise<void> {
  const { driver, run } = cdc;
  await twice(() => driver.stop(run));
  if (cdc.tellsState) assert.equal((await driver.state()).state, 'stopped');
  const before = await counts(cdc);
  await cdc.change();
  await standsStill(cdc, before);
  await twice(() => driver.start(run));
  if (cdc.tellsState) assert.equal((await driver.state()).state, 'running');
  await cdc.captured();
  const after = await counts(cdc);
  for (const [index, topic] of cdc.liveTopics.entries()) {
    assert.ok((after[index] ?? 0) > (before[index] ?? 0), `nothing came into ${topic}`);
  }
}

async function assertLoadsBySpare(cdc: CdcUnderTest): Promise<void> {
  const { driver, run } = cdc;
  const request: InitialLoadRequest = { id: 'load-spare', by: 'spare', topics: await cdc.targets() };
  assert.ok((await driver.describeLoad(request)).length > 0);
  const first = await driver.startLoad(request, run);
  const handle = await driver.startLoad(request, run);
  assert.deepEqual(handle, first);
  await cdc.change();
  const end = await loadEnd(driver, request, handle);
  assert.equal(end.state, 'finished', end.reason);
  await cdc.change();
  await cdc.captured();
  for (const { topic, target } of request.topics) {
    const rows = end.rows?.[topic];
    if (rows !== undefined) assert.equal(total(await cdc.ends(target)), rows, `records in ${target}`);
    await cdc.assertFolds(topic, [target, topic]);
  }
  await twice(() => driver.endLoad(request, handle, run));
  await cdc.assertNothingLeft?.();
  if (cdc.tellsState) assert.equal((await driver.state()).state, 'running');
}

/** The load of procedure P4: the CDC is stopped, and changes are made, before it begins. */
export async function assertLoadsItself(cdc: CdcUnderTest, id: string): Promise<void> {
  const { driver, run } = cdc;
  await driver.stop(run);
  await cdc.change();
  const from = new Map<string, FoldStarts>();
  for (const topic of cdc.liveTopics) from.set(topic, await cdc.ends(topic));
  const topics = cdc.liveTopics.map((topic) => ({ topic, target: topic }));
  const request: InitialLoadRequest = { id, by: 'restart', topics };
  assert.ok((await driver.describeLoad(request)).length > 0);
  const handle = await driver.startLoad(request, run);
  await driver.startLoad(request, run);
  await cdc.change();
  const end = await loadEnd(driver, request, handle);
  assert.equal(end.state, 'finished', end.reason);
  for (const topic of cdc.liveTopics) {
    const grown = total(await cdc.ends(topic)) - total(from.get(topic) ?? new Map());
    const rows = end.rows?.[topic] ?? 1;
    assert.ok(rows > 0 && grown >= rows, `${rows} rows were read, ${grown} records came into ${topic}`);
  }
  const assertFolds = async (): Promise<void> => {
    for (const topic of cdc.liveTopics) await cdc.assertFolds(topic, [topic], from.get(topic));
  };
  await assertFolds();
  await twice(() => driver.endLoad(request, handle, run));
  // What ended the load must not have made the CDC lose or skip anything.
  await cdc.change();
  await cdc.captured();
  await assertFolds();
  await cdc.assertNothingLeft?.();
}

async function twice(call: () => Promise<unknown>): Promise<void> {
  await call();
  await call();
}

function counts(cdc: CdcUnderTest): Promise<number[]> {
  return Promise.all(cdc.liveTopics.map(async (topic) => total(await cdc.ends(topic))));
}

function total(ends: FoldStarts): number {
  return [...ends.values()].reduce((sum, end) => sum + Number(end), 0);
}

async function standsStill(cdc: CdcUnderTest, before: readonly number[]): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  await until(
    async () => {
      assert.deepEqual(await counts(cdc), before);
      return systemClock.monotonicMs() - startedMs > cdc.quietMs;
    },
    { deadlineMs: cdc.quietMs + 10_000, what: 'the quiet period to pass' },
  );
}
