import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { oddRecords } from '../../../test/harness/odd-records.ts';
import { callApi, jobIn, type ReloaderReplica, ReloadScene } from '../../../test/harness/reload-scene.ts';

const FINAL = ['succeeded', 'failed', 'stopped'];

describe('the API', () => {
  let scene: ReloadScene;
  let replica: ReloaderReplica;
  let job: { readonly folder: string; readonly target: { readonly topic: string } };

  async function page(query: string): Promise<{ jobs: { jobId: string }[]; next?: string }> {
    return (await callApi<{ jobs: { jobId: string }[]; next?: string }>(replica, 'GET', `/v1/jobs?${query}`)).body;
  }

  before(async () => {
    scene = await ReloadScene.open(2);
    await scene.archive([oddRecords(300, 0), oddRecords(200, 1)], 100);
    replica = await scene.replica();
    job = { folder: scene.folder, target: { topic: scene.target } };
  });
  after(() => scene.close());

  test('a dry run answers with the plan and writes nothing', async () => {
    const { status, body } = await callApi<{
      totals: object;
      tasks: { partition: number; records: number; ranges: object[] }[];
      refusals: object[];
      notes: object[];
    }>(replica, 'POST', '/v1/jobs', { ...job, dryRun: true });
    assert.equal(status, 200);
    assert.deepEqual(
      body.tasks.map(({ partition, records }) => [partition, records]),
      [
        [0, 300],
        [1, 200],
      ],
    );
    assert.deepEqual(body.tasks[1]?.ranges, [{ folder: 'orders', source: 1, start: '0', end: '201' }]);
    assert.deepEqual(body.refusals, []);
    const { body: page } = await callApi<{ jobs: object[] }>(replica, 'GET', '/v1/jobs');
    assert.deepEqual(page.jobs, []);
    assert.deepEqual((await scene.readTarget()).flat(), []);
  });

  test('the same request with the same key is one job; another request with it is refused', async () => {
    const key = { 'idempotency-key': 'k1' };
    const [first, second] = await Promise.all([
      callApi(replica, 'POST', '/v1/jobs', job, key),
      callApi(replica, 'POST', '/v1/jobs', job, key),
    ]);
    assert.equal(first.body.jobId, second.body.jobId);
    assert.deepEqual(new Set([first.status, second.status]), new Set([200, 202]));
    const other = await callApi(replica, 'POST', '/v1/jobs', { ...job, source: 1 }, key);
    assert.equal(other.status, 409);
    await jobIn(replica, first.body.jobId, FINAL);
    assert.equal((await scene.readTarget()).flat().length, 500);
  });

  test('jobs are listed in pages, newest first', async () => {
    for (let count = 0; count < 2; count++) await callApi(replica, 'POST', '/v1/jobs', job);
    const all = await page('');
    assert.equal(all.jobs.length, 3);
    const first = await page('limit=2');
    const second = await page(`limit=2&after=${first.next}`);
    assert.deepEqual(
      [...first.jobs, ...second.jobs].map(({ jobId }) => jobId),
      all.jobs.map(({ jobId }) => jobId),
    );
    assert.equal(second.next, undefined);
  });

  test('a job is watched as server-sent events until it ends', async () => {
    const created = await callApi(replica, 'POST', '/v1/jobs', job);
    const response = await fetch(`${replica.api.url}/v1/jobs/${created.body.jobId}/events`);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    const events = (await response.text())
      .trim()
      .split('\n\n')
      .filter((event) => !event.startsWith(':'));
    assert.match(events.at(-1) ?? '', /^event: end\nid: \d+\ndata: \{.*"state":"succeeded"/);
  });

  test('the archive is shown by folder, source and partition', async () => {
    assert.deepEqual((await callApi(replica, 'GET', '/v1/folders')).body, { folders: ['orders'] });
    const { body } = await callApi<{ sources: { source: number; partitions: object[] }[] }>(
      replica,
      'GET',
      '/v1/folders/orders',
    );
    assert.equal(body.sources.length, 1);
    const [, second] = body.sources[0]?.partitions ?? [];
    assert.partialDeepStrictEqual(second, {
      partition: 1,
      start: '0',
      end: '201',
      records: 200,
      segments: 2,
      missingOffsets: '0',
    });
    for (const folder of ['nothing', '..%2F..', '_index', '%2E%2E']) {
      assert.equal((await callApi(replica, 'GET', `/v1/folders/${folder}`)).status, 404, folder);
    }
  });

  test('the mirrored system’s routes, bodies and codes', async () => {
    const started = await callApi(replica, 'POST', '/reingestion/topic', {
      topic: 'orders',
      reIngestionTopic: scene.target,
    });
    assert.equal(started.status, 202);
    assert.match(started.body.requestId, /^[0-9a-f]{24}$/);
    assert.equal(started.body.message, 'Reingestion started');
    await jobIn(replica, started.body.requestId, FINAL);
    const fileName = 'orders/0001/0/00000000000000000000.jsonl.zst';
    const file = await callApi(replica, 'POST', '/reingestion/file', { fileName, reIngestionTopic: scene.target });
    assert.equal(file.status, 202, JSON.stringify(file.body));
    assert.equal((await jobIn(replica, file.body.requestId, FINAL)).progress.records, 100);
    assert.deepEqual((await callApi(replica, 'GET', '/status/folders')).body, ['orders']);
    assert.equal((await callApi<number>(replica, 'GET', '/status/orders/count')).body, 5);
    assert.equal((await callApi(replica, 'GET', '/status/none/count')).status, 404);
    for (const [path, body, field] of [
      ['topic', { topic: 'orders' }, 'reIngestionTopic'],
      ['topic', { topic: 'nothing', reIngestionTopic: scene.target }, undefined],
      ['topic', { topic: 'orders', reIngestionTopic: scene.target, startDate: 'soon' }, 'startDate'],
      ['topic', { topic: 'orders', reIngestionTopic: 'a b' }, 'reIngestionTopic'],
      ['topic', { topic: 'orders', reIngestionTopic: scene.target, customSelectorName: 'x' }, 'customSelectorName'],
      ['topic', { topic: 'orders', reIngestionTopic: scene.target, extra: 1 }, 'extra'],
      ['file', { fileName: 'orders/none', reIngestionTopic: scene.target }, 'fileName'],
      ['stop-reingestion', { topic: 'orders' }, 'topic'],
      ['stop-reingestion', {}, 'topic'],
    ] as const) {
      const answer = await callApi(replica, 'POST', `/reingestion/${path}`, body);
      assert.equal(answer.status, 400, `${path} ${JSON.stringify(body)}`);
      assert.equal(answer.body.field, field, JSON.stringify(answer.body));
      assert.ok(answer.body.code !== '' && answer.body.message !== '');
    }
  });

  test('what cannot be carried out is refused with the reason and the remedy', async () => {
    const missing = await callApi(replica, 'POST', '/v1/jobs', {
      folder: 'orders',
      target: { topic: 'no-such-topic' },
    });
    assert.deepEqual([missing.status, missing.body.code], [409, 'KAFKA_TOPIC_MISSING']);
    assert.match(missing.body.hint ?? '', /2 partitions/);
    const narrow = `${scene.target}.narrow`;
    await scene.client.createTopics([{ name: narrow, partitionCount: 1, replicationFactor: 1 }]);
    const mismatch = await callApi(replica, 'POST', '/v1/jobs', { folder: 'orders', target: { topic: narrow } });
    assert.deepEqual([mismatch.status, mismatch.body.code], [409, 'KAFKA_PARTITION_MISMATCH']);
    const folder = await callApi(replica, 'POST', '/v1/jobs', { ...job, folder: 'nothing' });
    assert.deepEqual([folder.status, folder.body.code], [404, 'ARCHIVE_FOLDER_MISSING']);
    const source = await callApi(replica, 'POST', '/v1/jobs', { ...job, source: 9 });
    assert.deepEqual([source.status, source.body.code], [404, 'ARCHIVE_FOLDER_MISSING']);
  });

  test('malformed requests get 400 with the field, wrong routes 404 and 405, all in one shape', async () => {
    const json = { 'content-type': 'application/json' };
    for (const [method, path, body, headers, status, field] of [
      ['POST', '/v1/jobs', '{"folder":', json, 400, undefined],
      ['POST', '/v1/jobs', '', json, 400, undefined],
      ['POST', '/v1/jobs', undefined, {}, 400, undefined],
      ['POST', '/v1/jobs', '"orders"', json, 400, undefined],
      ['POST', '/v1/jobs', '{"__proto__":{}}', json, 400, undefined],
      ['POST', '/v1/jobs', 'folder=orders', { 'content-type': 'text/csv' }, 415, undefined],
      ['POST', '/v1/jobs', `"${'x'.repeat(1_100_000)}"`, json, 413, undefined],
      ['POST', '/v1/jobs', { ...job, dryrun: true }, {}, 400, 'dryrun'],
      ['POST', '/v1/jobs', { ...job, partitions: [-1] }, {}, 400, 'partitions[0]'],
      ['POST', '/v1/jobs', job, { 'idempotency-key': 'x'.repeat(300) }, 400, 'Idempotency-Key'],
      ['GET', '/v1/jobs?limit=0', undefined, {}, 400, 'limit'],
      ['GET', '/v1/jobs?limit=ten', undefined, {}, 400, 'limit'],
      ['GET', '/v1/jobs?after=nothing', undefined, {}, 400, 'after'],
      ['GET', '/v1/jobs?page=2', undefined, {}, 400, 'page'],
      ['GET', '/v1/jobs/nothing', undefined, {}, 404, undefined],
      ['GET', '/v1/jobs/nothing/events', undefined, {}, 404, undefined],
      ['POST', '/v1/jobs/nothing/stop', undefined, {}, 404, undefined],
      ['POST', '/v1/jobs/nothing/stop', '', json, 404, undefined],
      ['GET', '/v1/job', undefined, {}, 404, undefined],
      ['DELETE', '/v1/jobs', undefined, {}, 405, undefined],
      ['GET', '/v1/jobs/x/pause', undefined, {}, 405, undefined],
      ['POST', '/-/metrics', undefined, {}, 405, undefined],
    ] as const) {
      const answer = await callApi(replica, method, path, body, headers);
      assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(answer.body)}`);
      assert.equal(answer.body.field, field, JSON.stringify(answer.body));
      assert.match(answer.body.code, /^[A-Z_]+$/);
      assert.notEqual(answer.body.message, '');
      if (status === 405) assert.match(answer.headers.get('allow') ?? '', /GET|POST/);
    }
  });

  test('health, metrics and the description of the API are served', async () => {
    for (const path of ['/-/health/live', '/-/health/ready', '/-/metrics', '/openapi.json']) {
      assert.equal((await callApi(replica, 'GET', path)).status, 200, path);
    }
  });

  test('with a token, only who has it may call; health stays open', async () => {
    const guarded = await scene.replica({ apiToken: 'open sesame' });
    assert.equal((await callApi(guarded, 'GET', '/-/health/live')).status, 200);
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'open sesame' }]) {
      const refused = await callApi(guarded, 'GET', '/v1/jobs', undefined, headers);
      assert.deepEqual([refused.status, refused.body.code], [401, 'API_UNAUTHORIZED']);
    }
    const accepted = await callApi(guarded, 'GET', '/v1/jobs', undefined, { authorization: 'Bearer open sesame' });
    assert.equal(accepted.status, 200);
  });
});
