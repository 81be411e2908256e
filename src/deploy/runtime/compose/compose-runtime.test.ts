import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ComposeRuntime } from './compose-runtime.ts';

test('a machine without docker is told what to install', async () => {
  const environment = { PATH: '/nowhere' };
  const runtime = new ComposeRuntime({ project: 'p', folder: '.', image: 'bss:1', environment });
  await assert.rejects(runtime.probe(), { code: 'DEPLOY_RUNTIME_UNAVAILABLE', hint: /Install Docker/ });
});
