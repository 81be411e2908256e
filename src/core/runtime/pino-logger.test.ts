import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../errors.ts';
import { createLogger } from './pino-logger.ts';

function recordingLogger(options: Pick<Parameters<typeof createLogger>[0], 'level' | 'pretty'>) {
  const lines: string[] = [];
  const output = { write: (line: string) => lines.push(line) };
  return { lines, logger: createLogger({ fields: { service: 'bss-storer' }, ...options, output }) };
}

test('a line is JSON with level, time, message and fields; bigints are decimal strings', () => {
  const { lines, logger } = recordingLogger({ level: 'info' });
  logger.child({ topic: 'orders' }).info('segment stored', { offset: 9_007_199_254_740_993n, records: 3 });
  const { time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.equal(typeof time, 'number');
  assert.deepEqual(rest, {
    level: 30,
    service: 'bss-storer',
    topic: 'orders',
    offset: '9007199254740993',
    records: 3,
    msg: 'segment stored',
  });
});

test('an error is written with code, hint and causes', () => {
  const { lines, logger } = recordingLogger({ level: 'info' });
  const error = new AppError('BUCKET_UNAVAILABLE', 'put failed', { hint: 'wait', cause: new Error('socket hang up') });
  logger.warn('will try again', { error });
  const { error: written, level } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.equal(level, 40);
  assert.deepEqual(written, {
    code: 'BUCKET_UNAVAILABLE',
    message: 'put failed',
    hint: 'wait',
    causes: ['socket hang up'],
  });
});

test('what is below the level is not written', () => {
  const { lines, logger } = recordingLogger({ level: 'warn' });
  logger.trace('a');
  logger.debug('b');
  logger.info('c');
  assert.equal(lines.length, 0);
  const silent = recordingLogger({ level: 'silent' });
  silent.logger.error('d');
  assert.equal(silent.lines.length, 0);
});

test('lines for people have one line, however many lines a value has', () => {
  const { lines, logger } = recordingLogger({ level: 'info', pretty: { colours: false } });
  logger.info('segment stored', { topic: 'orders', note: 'two\nlines', records: 3 });
  const [line = ''] = lines;
  assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} INFO  segment stored service=bss-storer topic=orders /);
  assert.ok(line.endsWith(' note="two\\nlines" records=3\n'));
});
