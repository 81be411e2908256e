import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from './manual-clock.ts';
import { ProgressBar, type ProgressOptions } from './progress-bar.ts';

function startBar(options: Partial<ProgressOptions> & { readonly isTTY?: boolean; readonly columns?: number } = {}) {
  const clock = new ManualClock();
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text), isTTY: options.isTTY, columns: options.columns };
  const bar = new ProgressBar({ title: 'Archiving', unit: 'records', total: 200_000, clock, output, ...options });
  return { bar, clock, written };
}

/** As it is drawn last. */
function lineOf(written: readonly string[]): string {
  return written.at(-1)?.replace('\r', '').replace('\u001b[K', '') ?? '';
}

test('work of less than two seconds shows nothing', async () => {
  const { bar, clock, written } = startBar({ isTTY: true });
  await clock.advance(1999);
  bar.finish();
  await clock.advance(10_000);
  assert.deepEqual(written, []);
  assert.equal(clock.sleeperCount, 0);
});

test('on a terminal one line is drawn again and again, and ended at the end', async () => {
  const { bar, clock, written } = startBar({ isTTY: true, columns: 120 });
  await clock.advance(1500);
  bar.update(50_000);
  await clock.advance(500);
  assert.deepEqual(written, [
    '\rArchiving ██████░░░░░░░░░░░░░░░░░░  25% 50,000 of 200,000 records  25 k records/s  6 s left\u001b[K',
  ]);
  bar.update(200_000, { note: 'committing' });
  await clock.advance(2000);
  bar.finish();
  assert.equal(
    written.slice(-2).join(''),
    `\rArchiving ${'█'.repeat(24)} 100% 200,000 of 200,000 records  50 k records/s  in 4.0 s  committing\u001b[K\n`,
  );
  assert.ok(written.every((text) => !text.slice(0, -1).includes('\n')));
});

test('a line is never wider than the terminal', async () => {
  const { clock, written } = startBar({ isTTY: true, columns: 30 });
  await clock.advance(2000);
  assert.equal(lineOf(written), 'Archiving   0% 0 of 200,000');
});

test('what has no room is left out as a whole', async () => {
  const { bar, clock, written } = startBar({ isTTY: true, columns: 55 });
  bar.update(50_000);
  await clock.advance(2000);
  assert.equal(lineOf(written), 'Archiving ██░░░░░░░░░  25% 50,000 of 200,000 records');
});

test('the bar takes the room that the rest of the line leaves, and does not jump back', async () => {
  const { bar, clock, written } = startBar({ isTTY: true, columns: 80 });
  await clock.advance(1500);
  bar.update(50_000);
  await clock.advance(500);
  assert.equal(
    lineOf(written),
    `Archiving ${'█'.repeat(2)}${'░'.repeat(8)}  25% 50,000 of 200,000 records  25 k records/s  6 s left`,
  );
  assert.equal(lineOf(written).length, 77);
  bar.update(50_000, { note: '3 refused' });
  await clock.advance(100);
  assert.match(lineOf(written), /^Archiving {2}25% 50,000 .* s left {2}3 refused$/);
  bar.update(50_000, { note: '' });
  await clock.advance(100);
  assert.doesNotMatch(lineOf(written), /░/);
  bar.finish();
});

test('what follows on work that was shown is shown at once', async () => {
  const { bar, clock, written } = startBar({ isTTY: true, isShownAtOnce: true });
  assert.equal(bar.isShown, false);
  await clock.advance(100);
  assert.equal(bar.isShown, true);
  assert.equal(written.length, 1);
  bar.finish();
});

test('elsewhere a line is written every five seconds, without control characters', async () => {
  const { bar, clock, written } = startBar({ unit: 'bytes', total: undefined });
  bar.update(30_000_000);
  await clock.advance(2000);
  bar.update(90_000_000);
  await clock.advance(5000);
  bar.finish();
  assert.deepEqual(written, [
    'Archiving 30 MB  15 MB/s\n',
    'Archiving 90 MB  13 MB/s\n',
    'Archiving 90 MB  13 MB/s  in 7.0 s\n',
  ]);
});

test('leaving the scope ends the bar, whatever happened', async () => {
  const { clock, written } = startBar();
  const work = async (): Promise<void> => {
    using bar = startBar({ clock, output: { write: (text) => written.push(text) } }).bar;
    bar.update(1);
    await clock.advance(2000);
    throw new Error('broken');
  };
  await assert.rejects(work, { message: 'broken' });
  const count = written.length;
  assert.ok(count >= 2);
});
