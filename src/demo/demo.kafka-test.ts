import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { systemClock } from '../core/runtime/clock.ts';
import { paletteFor } from '../core/runtime/colours.ts';
import { DemoScreen } from './demo-screen.ts';
import { loadDemoBucket } from './load-demo-bucket.ts';
import { presentDemo } from './present-demo.ts';

test('the demo brings every record back, whatever the variables say of other clusters and buckets', async () => {
  let shown = '';
  const output = { write: (text: string) => (shown += text) };
  // These would lead the demo to somebody's production, were they heeded.
  const env = { BSS_BUCKET_URL: 'file:///nonexistent', BUCKET_NAME: 'nonexistent', BSS_KAFKA_BROKERS: 'nowhere:9' };
  const sources = { env, flags: new Map<string, string>(), coreCount: 2, readFile: () => '' };
  const exitCode = await presentDemo({
    options: { keep: false, records: 12_345 },
    bucket: loadDemoBucket(sources),
    screen: new DemoScreen({ output, palette: paletteFor(false), clock: systemClock }),
    clock: systemClock,
    signals: new EventEmitter(),
  });
  assert.equal(exitCode, 0);
  assert.match(shown, /all 12,345 records came back as they were, and nothing else did/);
  assert.match(shown, /├─ _sources\/0001\.json/);
  assert.match(shown, /"headers": \[\["trace"/);
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  assert.doesNotMatch(shown, /[\u0000-\u0009\u000b-\u001f]/, 'plain text where there is no terminal');
});
