import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hashKey, hashText, KeyCheck } from './key-check.ts';

/** What a check with room for so many keys suspects of the keys. */
async function suspectsOf(keys: readonly string[], keysInMemory: number): Promise<ReadonlySet<string>> {
  const check = new KeyCheck(keysInMemory * 8);
  try {
    for (const key of keys) {
      check.add(hashKey(0, Buffer.from(key)));
      if (check.isFull) await check.spill();
    }
    return await check.suspects();
  } finally {
    await check.close();
  }
}

function hashesOfTwice(keys: readonly string[]): ReadonlySet<string> {
  return new Set(
    keys.filter((key, index) => keys.indexOf(key) < index).map((key) => hashText(hashKey(0, Buffer.from(key)))),
  );
}

test('what occurs twice is found, whether it fits into memory or not, however far apart', async () => {
  const keys = fc.array(
    fc.integer({ min: 0, max: 60 }).map((id) => `{"id":${id}}`),
    { maxLength: 80 },
  );
  await fc.assert(
    fc.asyncProperty(keys, fc.constantFrom(1, 3, 16, 1000), async (found, keysInMemory) => {
      assert.deepEqual(await suspectsOf(found, keysInMemory), hashesOfTwice(found));
    }),
    { numRuns: 30 },
  );
});

test('among many different keys that went to disk, the only two that are the same are found', async () => {
  const keys = Array.from({ length: 12_000 }, (_, id) => `{"id":${id}}`);
  assert.deepEqual(await suspectsOf(keys, 4000), new Set());
  const twice = '{"id":123}';
  assert.deepEqual(await suspectsOf([...keys, twice], 4000), new Set([hashText(hashKey(0, Buffer.from(twice)))]));
});

test('the same key of another topic is another key', () => {
  const key = Buffer.from('{"id":1}');
  assert.notDeepEqual(hashKey(0, key), hashKey(1, key));
});
