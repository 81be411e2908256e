import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../src/core/errors.ts';
import { parseConsumerPerformance, parseProducerPerformance } from './kafka-tools.ts';

test('of the consumer benchmark the rate without joining the group is taken', () => {
  const output =
    'some warning\n2026-03-01 08:04:10:123, 2026-03-01 08:04:12:456, 476.84, 204.3, 5000000, 2143163.3, 321, 2012, 237.0, 2485089.5\n';
  assert.deepEqual(parseConsumerPerformance(output), { records: 5_000_000, recordsPerSecond: 2_485_089.5 });
  assert.throws(() => parseConsumerPerformance('nothing came\n'), /nothing came/);
});

const summary = (records: number, rate: string): string =>
  `${records} records sent, ${rate} records/sec (27.85 MB/sec), 95.03 ms avg latency, 200.00 ms max latency, 90 ms 50th, 100 ms 95th, 110 ms 99th, 120 ms 99.9th.\n`;

test('of the producer benchmark the summary is taken, not the reports on the way', () => {
  const report = '300000 records sent, 60000.0 records/sec (5.72 MB/sec), 9.0 ms avg latency, 20.0 ms max latency.\n';
  assert.equal(parseProducerPerformance(`${report}${summary(500_000, '291987.85')}`, 500_000), 291_987.85);
});

test('a producer benchmark that sent less is an error', () => {
  assert.throws(
    () => parseProducerPerformance(summary(499_999, '1.0'), 500_000),
    (error) => isAppError(error, 'SETUP_FAILED'),
  );
  assert.throws(() => parseProducerPerformance('', 1), /no figures/);
});
