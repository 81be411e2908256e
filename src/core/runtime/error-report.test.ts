import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../errors.ts';
import { formatError, formatErrorJson, reportError } from './error-report.ts';

test('an operating error is shown with causes, hint and code, without a stack', () => {
  const refused = new AggregateError([new Error('connect ECONNREFUSED 127.0.0.1:9092')], '');
  const error = new AppError('KAFKA_UNAVAILABLE', 'cannot reach a broker', {
    subject: '127.0.0.1:9092',
    hint: 'Check kafka.brokers.\nIs the broker up?',
    cause: new Error('fetch failed', { cause: refused }),
  });
  assert.equal(
    formatError(error),
    [
      'error: cannot reach a broker',
      '  caused by: fetch failed',
      '  caused by: connect ECONNREFUSED 127.0.0.1:9092',
      '  hint: Check kafka.brokers.',
      '    Is the broker up?',
      '  code: KAFKA_UNAVAILABLE',
      '',
    ].join('\n'),
  );
  const { error: parsed } = JSON.parse(formatErrorJson(error)) as { error: { code: string; hint: string } };
  assert.deepEqual([parsed.code, parsed.hint], ['KAFKA_UNAVAILABLE', 'Check kafka.brokers.\nIs the broker up?']);
});

test('a bug is shown with its stack', () => {
  assert.match(formatError(new Error('assertion failed: x')), /This is a bug of bss.*error-report\.test\.ts/s);
});

test('causes that repeat the message or go in circles are cut', () => {
  const circular = new Error('round');
  circular.cause = new Error('and again', { cause: circular });
  assert.equal(reportError(circular).causes.length, 5);
  assert.deepEqual(reportError(new Error('same', { cause: new Error('same') })).causes, []);
  const quoted = new Error('GET /: no such host', { cause: new Error('no such host\n', { cause: new Error('DNS') }) });
  assert.deepEqual(reportError(quoted).causes, ['DNS']);
});

test('anything can be thrown', () => {
  assert.equal(reportError('a text').message, 'a text');
  assert.equal(reportError(undefined).message, 'undefined');
});
