import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapAhead } from './map-ahead.ts';

test('keeps the order, with no more calls in flight than allowed', async () => {
  let inFlight = 0;
  let inFlightMax = 0;
  const work = async (value: number): Promise<number> => {
    inFlightMax = Math.max(inFlightMax, ++inFlight);
    for (let turn = 0; turn < 10 - value; turn++) await Promise.resolve();
    inFlight--;
    return value * 2;
  };
  assert.deepEqual(await Array.fromAsync(mapAhead([0, 1, 2, 3, 4, 5, 6, 7], work, 3)), [0, 2, 4, 6, 8, 10, 12, 14]);
  assert.equal(inFlightMax, 3);
});

async function* failing(): AsyncGenerator<number> {
  yield* [1, 2];
  throw new Error('the list broke');
}

async function refusing(input: number): Promise<number> {
  if (input === 2) throw new Error('the call broke');
  return input;
}

test('gives the results before an error first', async () => {
  const seen: number[] = [];
  const reading = async (): Promise<void> => {
    for await (const value of mapAhead(failing(), async (input) => input, 8)) seen.push(value);
  };
  await assert.rejects(reading, /the list broke/);
  assert.deepEqual(seen, [1, 2]);
  await assert.rejects(Array.fromAsync(mapAhead([1, 2, 3], refusing, 8)), /the call broke/);
});

test('closes its input when the consumer stops', async () => {
  let isClosed = false;
  const endless = async function* (): AsyncGenerator<number> {
    try {
      for (let value = 0; ; value++) yield value;
    } finally {
      isClosed = true;
    }
  };
  for await (const value of mapAhead(endless(), async (input) => input, 2)) if (value === 5) break;
  assert.equal(isClosed, true);
});
