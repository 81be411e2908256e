import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReloadRequest } from './reload-request.ts';
import { InvalidRequestError, type RequestProblem } from './schema-problems.ts';

const TARGET = { topic: 'copy' };

function problemsOf(body: unknown): readonly RequestProblem[] {
  try {
    parseReloadRequest(body);
  } catch (error) {
    assert.ok(error instanceof InvalidRequestError, String(error));
    assert.equal(error.code, 'RELOAD_REQUEST_INVALID');
    return error.problems;
  }
  return assert.fail(`accepted: ${JSON.stringify(body)}`);
}

test('a request says what to reload and where to; everything else has a default', () => {
  assert.deepEqual(parseReloadRequest({ folder: 'orders', target: TARGET }), {
    selection: { folder: 'orders' },
    source: undefined,
    partitions: undefined,
    fromTimestampMs: undefined,
    toTimestampMs: undefined,
    fromOffset: undefined,
    toOffset: undefined,
    targetTopic: 'copy',
    compression: 'none',
    allowMissing: false,
    dryRun: false,
  });
});

test('bounds are understood in every form that is documented', () => {
  const request = parseReloadRequest({
    topic: 'orders',
    source: 2,
    partitions: [3, 1, 3],
    time: { from: '2026-03-01', to: '2026-03-01T02:00:00+01:00' },
    offsets: { from: 7, to: '9007199254740993' },
    target: TARGET,
    compression: 'zstd',
    allowMissing: true,
    dryRun: true,
  });
  assert.deepEqual(request.partitions, [1, 3]);
  assert.equal(request.fromTimestampMs, 1772323200000n);
  assert.equal(request.toTimestampMs, 1772323200000n + 3_600_000n);
  assert.equal(request.fromOffset, 7n);
  assert.equal(request.toOffset, 9007199254740993n);
  assert.equal(parseReloadRequest({ topic: 'a', time: { from: 0 }, target: TARGET }).fromTimestampMs, 0n);
});

const MALFORMED: readonly (readonly [why: string, body: unknown, field: string, says: RegExp])[] = [
  ['no body', undefined, '', /JSON object/],
  ['null', null, '', /JSON object/],
  ['a list', [], '', /JSON object/],
  ['a text', 'orders', '', /JSON object/],
  ['no selection', { target: TARGET }, 'folder', /folder, or topic/],
  ['two selections', { folder: 'a', topic: 'b', target: TARGET }, 'topic', /together/],
  ['no target', { folder: 'a' }, 'target', /is missing/],
  ['a target that is a text', { folder: 'a', target: 'copy' }, 'target', /"topic"/],
  ['a target without a topic', { folder: 'a', target: {} }, 'target.topic', /is missing/],
  ['a target that cannot be a topic', { folder: 'a', target: { topic: 'a b' } }, 'target.topic', /Kafka topic/],
  ['a target that is two dots', { folder: 'a', target: { topic: '..' } }, 'target.topic', /Kafka topic/],
  ['an empty folder', { folder: '', target: TARGET }, 'folder', /name of a folder/],
  ['a path for a folder', { folder: 'a/0001', target: TARGET }, 'folder', /not a path/],
  ['a folder above the bucket', { folder: '..', target: TARGET }, 'folder', /not a path/],
  ['a topic that cannot be', { topic: 'a/b', target: TARGET }, 'topic', /Kafka topic/],
  ['source 0', { folder: 'a', source: 0, target: TARGET }, 'source', /from 1 to 9999/],
  ['a source as text', { folder: 'a', source: '1', target: TARGET }, 'source', /from 1 to 9999/],
  ['no partitions', { folder: 'a', partitions: [], target: TARGET }, 'partitions', /1 to 10,000/],
  ['a negative partition', { folder: 'a', partitions: [0, -1], target: TARGET }, 'partitions[1]', /0 or more/],
  ['a partition in halves', { folder: 'a', partitions: [0.5], target: TARGET }, 'partitions[0]', /whole number/],
  [
    'a time without a zone',
    { folder: 'a', time: { from: '2026-03-01T00:00:00' }, target: TARGET },
    'time.from',
    /zone/,
  ],
  ['February 30', { folder: 'a', time: { to: '2026-02-30' }, target: TARGET }, 'time.to', /date/],
  ['words for a time', { folder: 'a', time: { from: 'yesterday' }, target: TARGET }, 'time.from', /date/],
  ['a time that is a list', { folder: 'a', time: [1], target: TARGET }, 'time', /"from", "to"/],
  ['a negative time', { folder: 'a', time: { from: -1 }, target: TARGET }, 'time.from', /milliseconds/],
  ['no time between', { folder: 'a', time: { from: 5, to: 5 }, target: TARGET }, 'time.to', /after time.from/],
  ['a negative offset', { folder: 'a', offsets: { from: -1 }, target: TARGET }, 'offsets.from', /an offset/],
  ['an offset in words', { folder: 'a', offsets: { to: 'end' }, target: TARGET }, 'offsets.to', /an offset/],
  ['an inexact offset', { folder: 'a', offsets: { to: 2 ** 60 }, target: TARGET }, 'offsets.to', /string/],
  [
    'an offset beyond Kafka',
    { folder: 'a', offsets: { to: '9999999999999999999' }, target: TARGET },
    'offsets.to',
    /at most/,
  ],
  [
    'no offset between',
    { folder: 'a', offsets: { from: 9, to: 9 }, target: TARGET },
    'offsets.to',
    /above offsets.from/,
  ],
  ['an unknown compression', { folder: 'a', compression: 'brotli', target: TARGET }, 'compression', /one of none/],
  ['a flag in words', { folder: 'a', allowMissing: 'yes', target: TARGET }, 'allowMissing', /true or false/],
  ['a dry run in words', { folder: 'a', dryRun: 1, target: TARGET }, 'dryRun', /true or false/],
  ['a misspelt field', { folder: 'a', partition: [1], target: TARGET }, 'partition', /did you mean "partitions"/],
  ['a misspelt field inside', { folder: 'a', time: { form: 1 }, target: TARGET }, 'time.form', /did you mean "from"/],
  ['an unknown field', { folder: 'a', velocity: 1, target: TARGET }, 'velocity', /known are folder, topic/],
];

for (const [why, body, field, says] of MALFORMED) {
  test(`refused, naming the field: ${why}`, () => {
    const problems = problemsOf(body);
    const problem = problems.find((each) => each.field === field);
    assert.ok(problem, `no problem of ${JSON.stringify(field)} in ${JSON.stringify(problems)}`);
    assert.match(problem.problem, says);
  });
}

test('all wrong fields are named at once, each one once', () => {
  const fields = problemsOf({ folder: 'a', source: 0, compression: 7, partitions: 'x', sauce: 1 }).map(
    ({ field }) => field,
  );
  assert.deepEqual(fields.toSorted(), ['compression', 'partitions', 'sauce', 'source', 'target']);
});
