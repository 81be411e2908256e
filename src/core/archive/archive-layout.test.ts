import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAppError } from '../errors.ts';
import { keyProblem } from '../bucket/object-key.ts';
import {
  checkFolder,
  folderProblem,
  indexKey,
  parseIndexKey,
  parseSegmentKey,
  parseSourceKey,
  segmentKey,
  segmentKeyFloor,
  sourceKey,
} from './archive-layout.ts';

const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const compression = fc.constantFrom('none' as const, 'gzip' as const, 'zstd' as const);
const location = fc.record({
  folder: fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,60}$/),
  source: fc.integer({ min: 1, max: 9999 }),
  partition: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
});

test('a segment key is what docs/format.md says', () => {
  const at = { folder: 'shop.orders', source: 12, partition: 3 };
  assert.equal(segmentKey(at, 941n, 'zstd'), 'shop.orders/0012/3/00000000000000000941.jsonl.zst');
  assert.equal(segmentKey(at, 941n, 'gzip'), 'shop.orders/0012/3/00000000000000000941.jsonl.gz');
  assert.equal(segmentKey(at, 941n, 'none'), 'shop.orders/0012/3/00000000000000000941.jsonl');
  assert.equal(sourceKey('shop.orders', 12), 'shop.orders/_sources/0012.json');
  assert.equal(indexKey(at, 1, 941n), 'shop.orders/_index/0012/3/1/00000000000000000941.jsonl.zst');
});

test('keys are parsed back, and are keys that every bucket keeps', () => {
  fc.assert(
    fc.property(location, offset, compression, ({ ...at }, start, ending) => {
      const key = segmentKey(at, start, ending);
      assert.deepEqual(parseSegmentKey(key), { location: at, start, compression: ending });
      const index = indexKey(at, 0, start);
      assert.deepEqual(parseIndexKey(index), { location: at, level: 0, start });
      assert.deepEqual(parseSourceKey(sourceKey(at.folder, at.source)), { folder: at.folder, source: at.source });
      for (const made of [key, index]) assert.equal(keyProblem(made), undefined);
    }),
  );
});

test('the order of keys is the order of offsets, and a floor lies between', () => {
  fc.assert(
    fc.property(location, offset, offset, compression, (at, a, b, ending) => {
      const key = segmentKey(at, a, ending);
      assert.equal(segmentKeyFloor(at, b) < key, b <= a);
      assert.equal(indexKey(at, 0, a) < indexKey(at, 0, b), a < b);
    }),
  );
});

test('what is not quite a key is none', () => {
  const name = '00000000000000000941';
  for (const key of [
    `orders/1/3/${name}.jsonl`,
    `orders/0001/03/${name}.jsonl`,
    `orders/0001/3/941.jsonl`,
    `orders/0001/3/${name}.json`,
    `orders/0001/3/${name}.jsonl.zst.tmp`,
    `orders/0001/3/x/${name}.jsonl`,
    `orders/_index/0001/3/0/${name}.jsonl.zst`,
  ]) {
    assert.equal(parseSegmentKey(key), undefined, key);
  }
  assert.equal(parseIndexKey(`orders/0001/3/${name}.jsonl.zst`), undefined);
  assert.equal(parseSourceKey('orders/_sources/1.json'), undefined);
});

test('a folder has a name that is one segment of a key and is not reserved', () => {
  for (const good of ['orders', 'shop.orders_v2', '__x'.slice(2), 'Bestellungen für März', 'a'.repeat(200)]) {
    assert.equal(folderProblem(good), undefined, good);
  }
  for (const bad of [
    '',
    '.',
    '..',
    'a/b',
    '_sources',
    '__consumer_offsets',
    '.bss-x',
    'a\\b',
    'a\nb',
    'a'.repeat(201),
    '\ud800',
  ]) {
    assert.notEqual(folderProblem(bad), undefined, JSON.stringify(bad));
    assert.throws(
      () => checkFolder(bad),
      (error) => isAppError(error, 'CONFIG_INVALID') && error.hint !== undefined,
    );
  }
});
