import assert from 'node:assert/strict';
import type { CdcDriver, CdcRun } from '../../src/deploy/cdc/cdc-driver.ts';
import { type CdcUnderTest, testRun } from './cdc-conformance.ts';
import { foldToy, type ToyState } from './toy-cdc.ts';

/** The topics of toys. */
export const TOY_TOPICS = ['orders', 'customers'] as const;

/** A toy behind a driver, for the conformance suite. */
export function toyUnderTest(
  driver: CdcDriver,
  toy: { readonly read: () => ToyState; readonly change: () => void },
  options: { readonly tellsState: boolean; readonly run?: CdcRun },
): CdcUnderTest {
  const messages = (topic: string): ToyState['topics'][string] => toy.read().topics[topic] ?? [];
  return {
    driver,
    run: options.run ?? testRun(),
    liveTopics: TOY_TOPICS,
    tellsState: options.tellsState,
    // It captures within each call.
    quietMs: 0,
    targets: () => Promise.resolve(TOY_TOPICS.map((topic) => ({ topic, target: `${topic}-init` }))),
    change: () => Promise.resolve(toy.change()),
    captured: () => Promise.resolve(),
    ends: (topic) => Promise.resolve(new Map([[`${topic}-0`, BigInt(messages(topic).length)]])),
    assertFolds(liveTopic, topics, from) {
      const all = topics.flatMap((topic) => messages(topic).slice(Number(from?.get(`${topic}-0`) ?? 0n)));
      const table = foldToy(toy.read().source[liveTopic]?.changes ?? []);
      assert.deepEqual(foldToy(all), table);
      return Promise.resolve();
    },
  };
}
