import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import * as whole from '@platformatic/kafka';
import { API } from './api-versions.ts';
import * as parts from './protocol-library.ts';

const library = Object.entries(whole as Readonly<Record<string, unknown>>);

test('the parts that are loaded by their places are those that the library offers', async () => {
  const { apiModule: _, loadSasl, ...apart } = parts;
  for (const [name, part] of Object.entries({ ...apart, ...(await loadSasl()) })) {
    const offered = library.find(([candidate]) => candidate === name)?.[1];
    assert.equal(part, offered, `${name} has moved in the library: see protocol-library.ts`);
  }
});

test('so are the codecs of the APIs', () => {
  const offered = new Set(library.map(([, part]) => (part as { readonly api?: unknown } | undefined)?.api));
  for (const [name, api] of Object.entries(API)) {
    if (api !== API.fetch && api !== API.produce) assert.ok(offered.has(api), `${name} is not of the library`);
  }
});

test('loading them does not load the clients', () => {
  const script = `
    const { registerHooks } = await import('node:module');
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import(${JSON.stringify(import.meta.resolve('./connect-kafka.ts'))});
    console.log(loaded.filter((url) => url.includes('platformatic/kafka/dist/')).join('\\n'));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.match(stdout, /metadata-v12/, stderr);
  assert.doesNotMatch(stdout, /dist\/(clients|index\.js)/);
});
