import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryBucket } from '../../core/bucket/memory-bucket.ts';
import { isAppError } from '../../core/errors.ts';
import { bucketInputs } from './bucket-inputs.ts';

const PART_BYTES = 8 * 1024 * 1024;

test('an object, or all objects of a folder in the order of their keys', async () => {
  const bucket = memoryBucket('inputs-of-a-load');
  const large = Buffer.alloc(2 * PART_BYTES + 5, 'abc');
  for (const [key, body] of Object.entries({
    'dumps/b.csv': Buffer.from('id\n1\n'),
    'dumps/a/orders.csv': large,
    'dumps/_SUCCESS': Buffer.from('x'),
    'dumps/c.metadata.json': Buffer.from('{}'),
    'dumps2/z.csv': Buffer.alloc(0),
  })) {
    await bucket.put(key, [body]);
  }
  for (const folder of ['dumps', 'dumps/']) {
    const inputs = await bucketInputs(bucket, folder);
    assert.deepEqual(
      inputs.map(({ path, isInFolder }) => [path, isInFolder]),
      [
        ['dumps/a/orders.csv', true],
        ['dumps/b.csv', true],
      ],
    );
    const bytes = inputs[0]?.bytes;
    assert.ok(bytes);
    for (let time = 0; time < 2; time++) {
      assert.ok(large.equals(Buffer.concat(await Array.fromAsync(bytes.open()))), 'it can be read again');
      assert.deepEqual([bytes.sizeBytes, bytes.readBytes], [large.length, large.length]);
    }
    assert.notEqual(await inputs[1]?.beside('c.metadata.json'), undefined);
    assert.equal(await inputs[1]?.beside('none.json'), undefined);
  }
  const [object] = await bucketInputs(bucket, 'dumps2/z.csv');
  assert.deepEqual([object?.path, object?.isInFolder], ['dumps2/z.csv', false]);
  assert.deepEqual(await Array.fromAsync(object?.bytes.open() ?? []), []);
});

test('what is not there is refused, as is an object that goes meanwhile', async () => {
  const bucket = memoryBucket('inputs-that-go');
  await assert.rejects(bucketInputs(bucket, 'none'), (error) => isAppError(error, 'LOAD_INPUT_UNREADABLE'));
  await bucket.put('x.csv', [Buffer.from('id\n1\n')]);
  const [input] = await bucketInputs(bucket, 'x.csv');
  await bucket.delete('x.csv');
  await assert.rejects(
    async () => Array.fromAsync(input?.bytes.open() ?? []),
    (error) => isAppError(error, 'LOAD_INPUT_UNREADABLE') && error.message.includes('at byte 0'),
  );
});
