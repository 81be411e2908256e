import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader, Writer } from './protocol-library.ts';
import { parseProduceResponse } from './raw-produce.ts';

function response(): Buffer {
  return Writer.create()
    .appendArray(['one', 'two'], (topics, topic) => {
      topics.appendString(topic).appendArray([0, 1], (partitions, partition) => {
        partitions
          .appendInt32(partition)
          .appendInt16(partition === 0 ? 0 : 87)
          .appendInt64(40n);
        partitions.appendInt64(-1n).appendInt64(0n);
        const errors = partition === 0 ? [] : ['the record is too odd'];
        partitions.appendArray(errors, (writer, message) => writer.appendInt32(0).appendString(message));
        partitions.appendString(partition === 0 ? null : 'the batch was refused');
      });
    })
    .appendInt32(0)
    .appendTaggedFields().buffer;
}

test('every partition has its result, with the most exact reason', () => {
  const stored = { partition: 0, errorCode: 0, baseOffset: 40n, errorMessage: null };
  const refused = { partition: 1, errorCode: 87, baseOffset: 40n, errorMessage: 'the record is too odd' };
  assert.deepEqual(
    parseProduceResponse(Reader.from(response())),
    ['one', 'two'].flatMap((topic) => [
      { topic, ...stored },
      { topic, ...refused },
    ]),
  );
});

test('a response that is cut anywhere is refused', () => {
  const whole = response();
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => parseProduceResponse(Reader.from(Buffer.from(whole.subarray(0, length)))), String(length));
  }
});
