import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cdcConformance, testRun } from '../../../test/harness/cdc-conformance.ts';
import { actOnToy, newToy, type ToyState } from '../../../test/harness/toy-cdc.ts';
import { TOY_TOPICS, toyUnderTest } from '../../../test/harness/toy-cdc-under-test.ts';
import { manualDriver } from './manual-driver.ts';

const INSTRUCTIONS = { stop: 'stop it', start: 'start it', startLoad: 'load it', endLoad: 'tidy up' };

/** A person who does what the instructions say, with a toy for a CDC. */
async function person(toy: ToyState, instruction: string): Promise<void> {
  const [, id] = /\(load ([a-z-]+)\)/.exec(instruction) ?? [];
  if (instruction === INSTRUCTIONS.stop) actOnToy(toy, { do: 'stop' });
  else if (instruction === INSTRUCTIONS.start) actOnToy(toy, { do: 'start' });
  else if (instruction === INSTRUCTIONS.endLoad) return;
  else if (id === 'load-spare') {
    const topics = TOY_TOPICS.map((topic) => ({ topic, target: `${topic}-init` }));
    actOnToy(toy, { do: 'load', request: { id, by: 'spare', topics } });
  } else {
    const topics = TOY_TOPICS.map((topic) => ({ topic, target: topic }));
    actOnToy(toy, { do: 'load', request: { id: id ?? '', by: 'restart', topics } });
  }
}

cdcConformance('a person', async () => {
  const toy = newToy(TOY_TOPICS);
  const under = { read: () => toy, change: () => void actOnToy(toy, { do: 'change' }) };
  const run = testRun((instruction) => person(toy, instruction));
  return toyUnderTest(manualDriver({ driver: 'manual', instructions: INSTRUCTIONS }), under, {
    tellsState: false,
    run,
  });
});

test('without instructions of their own, people are told what to do and into which topics', async () => {
  const asked: string[] = [];
  const run = testRun((instruction) => Promise.resolve(void asked.push(instruction)));
  const driver = manualDriver({ driver: 'manual' });
  const request = { id: 'l1', by: 'spare', topics: [{ topic: 'orders', target: 'orders-init' }] } as const;
  await driver.startLoad(request, run);
  await driver.endLoad(request, null, run);
  assert.match(asked[0] ?? '', /further task.*table of orders into orders-init.*\(load l1\).*Confirm when/);
  assert.match(asked[1] ?? '', /Take away the further task/);
});
