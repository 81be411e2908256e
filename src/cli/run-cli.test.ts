import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { optional } from '../core/config/option.ts';
import { integer } from '../core/config/option-types.ts';
import { ARCHIVE_SHAPE } from '../core/config/service-shapes.ts';
import { AppError } from '../core/errors.ts';
import { recordingHost } from '../../test/harness/recording-host.ts';
import { defineCommand } from './command.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { runCli } from './run-cli.ts';

const echo = defineCommand({
  description: 'Repeats what it was given.',
  positionals: [{ name: 'folder', doc: 'The folder.', required: false }],
  options: { limit: optional(integer(0, 10), { doc: 'How many.' }) },
  config: ARCHIVE_SHAPE,
  examples: [],
  run({ options, positionals, config, host }) {
    host.stdout.write(JSON.stringify([positionals['folder'], options.limit, config.bucket.url]));
    return Promise.resolve(3);
  },
});

const failing = (error: unknown) =>
  defineCommand({
    description: '',
    positionals: [],
    options: {},
    examples: [],
    async run() {
      throw error;
    },
  });

function commands(error?: unknown): CommandEntry[] {
  return [
    { name: 'archive echo', summary: 'Repeats.', load: async () => echo },
    { name: 'fail', summary: 'Fails.', load: async () => failing(error) },
  ];
}

async function run(args: string, entries = commands(), given: Parameters<typeof recordingHost>[0] = {}) {
  const host = recordingHost(given);
  const exitCode = await runCli(args === '' ? [] : args.split(' '), host, entries);
  return { exitCode, output: host.output(), errors: host.errors() };
}

test('a command gets its options, words and configuration; its exit code is the exit code', async () => {
  const result = await run('archive echo orders --limit 5 --bucket file:///a');
  assert.deepEqual(result, { exitCode: 3, output: '["orders",5,"file:///a"]', errors: '' });
});

test('the configuration comes from bss.yaml in the working directory', async (t: TestContext) => {
  const directory = mkdtempSync(join(tmpdir(), 'bss-cli-'));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'bss.yaml'), 'bucket: {url: file:///b}\nstorer: {workers: 1}');
  assert.equal((await run('archive echo', commands(), { directory })).output, '[null,null,"file:///b"]');
  const missing = await run('archive echo --config other.yaml', commands(), { directory });
  assert.equal(missing.exitCode, 2);
  assert.match(missing.errors, /cannot read the configuration file other\.yaml[^]*code: CONFIG_FILE_MISSING/);
});

test('options that are wrong and configuration that is missing end with exit code 2', async () => {
  const wrong = await run('archive echo --limit 11 --bucket file:///a');
  assert.equal(wrong.exitCode, 2);
  assert.match(wrong.errors, /--limit: must be a whole number from 0 to 10, not "11"/);
  const missing = await run('archive echo');
  assert.equal(missing.exitCode, 2);
  assert.match(missing.errors, /bucket\.url: is required: set it in bss\.yaml, BSS_BUCKET_URL or --bucket\.url/);
});

test('without a command, and with --help: the overview', async () => {
  for (const args of ['', '--help', '-h', 'help']) {
    const { exitCode, output } = await run(args);
    assert.equal(exitCode, 0);
    assert.match(output, /Usage: bss <command>[^]*archive echo +Repeats\.[^]*fail +Fails\./);
  }
  assert.equal((await run('--version')).output, '1.2.3\n');
});

test('help of a group and of a command, whatever else is wrong with the line', async () => {
  for (const args of ['archive', 'archive --help', 'help archive']) {
    const { output } = await run(args);
    assert.match(output, /archive echo/);
    assert.doesNotMatch(output, /Fails/);
  }
  for (const args of ['archive echo --help', 'archive echo --nonsense -h', 'help archive echo']) {
    const { exitCode, output } = await run(args);
    assert.equal(exitCode, 0);
    assert.match(
      output,
      /^Repeats what[^]*Usage: bss archive echo \[folder\][^]*--limit 0\.\.10[^]*--bucket\.url, --bucket/,
    );
  }
});

test('unknown commands get the nearest name', async () => {
  for (const [args, message] of [
    ['archiv echo', /no command "archiv"; did you mean archive\?/],
    ['archive ecko', /no command "archive ecko"; did you mean archive echo\?/],
    ['fial', /no command "fial"; did you mean fail\?/],
    ['--fail', /no command "--fail"/],
  ] as const) {
    const { exitCode, errors, output } = await run(args);
    assert.equal(exitCode, 2);
    assert.match(errors, message);
    assert.equal(output, '');
  }
});

test('an operating error is exit code 1, a bug 70; with --json the error is JSON', async () => {
  const error = new AppError('BUCKET_MISSING', 'there is no bucket', { hint: 'make one' });
  const failed = await run('fail', commands(error));
  assert.equal(failed.exitCode, 1);
  assert.equal(failed.errors, 'error: there is no bucket\n  hint: make one\n  code: BUCKET_MISSING\n');
  const json = await run('fail --json', commands(error));
  const parsed = JSON.parse(json.errors) as { error: { code: string } };
  assert.equal(parsed.error.code, 'BUCKET_MISSING');
  const bug = await run('fail', commands(new TypeError('x is undefined')));
  assert.equal(bug.exitCode, 70);
  assert.match(bug.errors, /This is a bug of bss/);
});

test('every command loads, has examples that call it, and no two have the same name', async () => {
  assert.equal(new Set(COMMANDS.map(({ name }) => name)).size, COMMANDS.length);
  for (const { name, summary, load } of COMMANDS) {
    const command = await load();
    assert.ok(command.examples.length > 0, name);
    for (const { line } of command.examples) assert.match(line, new RegExp(`(^| )bss ${name}( |$)`));
    assert.ok(summary.length <= 76 && !summary.endsWith('.'), `${name}: ${summary}`);
  }
});

test('config check shows values and origins, and masks secrets', async (t: TestContext) => {
  const directory = mkdtempSync(join(tmpdir(), 'bss-cli-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const yaml = 'kafka: {brokers: [a:1], sasl: {username: u, password: geheim}}\nbucket: {url: file:///b}\n';
  writeFileSync(join(directory, 'bss.yaml'), yaml);
  const good = await run('config check reloader', [...COMMANDS], { directory, env: { HTTP_PORT: '80' } });
  assert.equal(good.exitCode, 0);
  assert.match(good.output, /reloader: the configuration is good/);
  assert.match(good.output, /kafka\.sasl\.username +u +bss\.yaml:1 kafka\.sasl\.username/);
  assert.match(good.output, /kafka\.sasl\.password +\*{8} /);
  assert.match(good.output, /http\.port +80 +HTTP_PORT/);
  assert.doesNotMatch(good.output, /geheim/);
  const both = await run('config check --json', [...COMMANDS], { directory });
  assert.equal(both.exitCode, 2);
  const checks = JSON.parse(both.output) as { service: string; error?: { code: string } }[];
  assert.deepEqual(
    checks.map(({ service, error }) => [service, error?.code]),
    [
      ['storer', 'CONFIG_INVALID'],
      ['reloader', undefined],
    ],
  );
  assert.match((await run('config check stroer', [...COMMANDS], { directory })).errors, /no service "stroer"/);
});
