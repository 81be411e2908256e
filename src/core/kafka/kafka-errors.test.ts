import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protocolErrors, ResponseError } from './protocol-library.ts';
import fc from 'fast-check';
import { AppError } from '../errors.ts';
import { KAFKA, kafkaError, movedError, translateError } from './kafka-errors.ts';

test('every error code of the protocol, and every other number, becomes an operating error with a hint', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1, max: 200 }), (code) => {
      const error = kafkaError(code, 'Doing', 'something');
      assert.match(error.code, /^KAFKA_/);
      assert.equal(error.subject, 'something');
      assert.ok((error.hint ?? '').length > 10);
    }),
  );
});

test('what Kafka calls retriable is retryable, except for what the configuration must mend', () => {
  const mended = new Set<number>([
    KAFKA.UNKNOWN_TOPIC_OR_PARTITION,
    KAFKA.UNKNOWN_TOPIC_ID,
    KAFKA.INCONSISTENT_TOPIC_ID,
  ]);
  for (const { code, canRetry } of Object.values(protocolErrors)) {
    if (!canRetry) continue;
    assert.equal(kafkaError(code, 'Doing', 'it').retryable, !mended.has(code), String(code));
    assert.equal(movedError(code, 'Doing', 'it').retryable, true);
  }
});

test('the codes that the product decides by', () => {
  const expected: [number, string][] = [
    [KAFKA.SASL_AUTHENTICATION_FAILED, 'KAFKA_AUTHENTICATION_FAILED'],
    [KAFKA.TOPIC_AUTHORIZATION_FAILED, 'KAFKA_AUTHORIZATION_FAILED'],
    [KAFKA.ILLEGAL_GENERATION, 'KAFKA_FENCED'],
    [KAFKA.UNKNOWN_MEMBER_ID, 'KAFKA_FENCED'],
    [KAFKA.PRODUCER_FENCED, 'KAFKA_FENCED'],
    [KAFKA.INVALID_PRODUCER_EPOCH, 'KAFKA_FENCED'],
    [KAFKA.OFFSET_OUT_OF_RANGE, 'KAFKA_OFFSET_OUT_OF_RANGE'],
    [KAFKA.MESSAGE_TOO_LARGE, 'KAFKA_RECORD_TOO_LARGE'],
    [KAFKA.NOT_COORDINATOR, 'KAFKA_UNAVAILABLE'],
    [KAFKA.CONCURRENT_TRANSACTIONS, 'KAFKA_UNAVAILABLE'],
    [KAFKA.INVALID_TXN_STATE, 'KAFKA_REQUEST_FAILED'],
  ];
  for (const [code, appCode] of expected) assert.equal(kafkaError(code, 'Doing', 'it').code, appCode);
});

test('library errors are translated by the protocol error that is inside, ours pass unchanged', () => {
  const inner = new ResponseError(36, 2, { '/': [KAFKA.SASL_AUTHENTICATION_FAILED, 'Wrong password'] }, {});
  const wrapped = new Error('outer', { cause: new Error('between', { cause: inner }) });
  assert.equal(translateError(wrapped, 'Doing', 'it').code, 'KAFKA_AUTHENTICATION_FAILED');
  const ours = new AppError('KAFKA_UNAVAILABLE', 'gone');
  assert.equal(translateError(new Error('outer', { cause: ours }), 'Doing', 'it'), ours);
});

test('anything at all can be translated', () => {
  const looped: { cause?: unknown } = {};
  looped.cause = looped;
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.constant(looped)), (thrown) => {
      assert.ok(translateError(thrown, 'Doing', 'it') instanceof AppError);
    }),
  );
});
