import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { isAppError, type ErrorCode } from '../errors.ts';
import { S3Bucket } from './s3-bucket.ts';

/** What a store might say and the real ones at hand do not: a server that gives the answers of the test. */
async function withAnswers(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  run: (bucket: S3Bucket) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    void buffer(request).then(() => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await run(new S3Bucket('bucket', { endpoint, accessKeyId: 'key', secretAccessKey: 'secret' }));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function listing(keys: readonly string[], more = '<IsTruncated>false</IsTruncated>'): string {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
  return `<?xml version="1.0"?><ListBucketResult><Name>bucket</Name>${more}${contents}</ListBucketResult>`;
}

function refusal(code: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>meant for the test</Message></Error>`;
}

async function listed(bucket: S3Bucket): Promise<string[]> {
  return await Array.fromAsync(bucket.list(''), (entry) => entry.key);
}

test('a store that lists a folder in another order is refused, whether within a page or from page to page', async () => {
  for (const keys of [
    ['a/2', 'a/1'],
    ['a/1', 'a/1'],
    ['1', 'b/1', 'b/3', 'b/2'],
  ]) {
    await withAnswers(
      (_request, response) => response.end(listing(keys)),
      (bucket) => rejectsWith('BUCKET_CONTRACT_BROKEN', listed(bucket)),
    );
  }
  const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>next</NextContinuationToken>';
  await withAnswers(
    ({ url = '' }, response) =>
      response.end(url.includes('continuation-token') ? listing(['a/1']) : listing(['a/2'], more)),
    (bucket) => rejectsWith('BUCKET_CONTRACT_BROKEN', listed(bucket)),
  );
});

test('folders may come in the order of their names', async () => {
  await withAnswers(
    (_request, response) => response.end(listing(['a/1', 'a-b/1', 'b'])),
    async (bucket) => assert.deepEqual(await listed(bucket), ['a/1', 'a-b/1', 'b']),
  );
});

test('a listing that says it goes on, and not how, is not taken for whole', async () => {
  for (const more of ['<IsTruncated>true</IsTruncated>', '']) {
    await withAnswers(
      (_request, response) => response.end(listing(['a'], more)),
      (bucket) => rejectsWith('BUCKET_UNAVAILABLE', listed(bucket)),
    );
  }
});

test('a range that the store ignores is not taken for the part', async () => {
  await withAnswers(
    (_request, response) => response.writeHead(200, { etag: '"0"', 'content-length': 9 }).end('all of it'),
    (bucket) => rejectsWith('BUCKET_CONTRACT_BROKEN', bucket.get('a', { start: 0, end: 3 })),
  );
});

test('puts that meet are repeated until the store knows the winner', async () => {
  for (const [status, result] of [
    [200, 'created'],
    [412, 'exists'],
  ] as const) {
    const answers = [409, 409, status];
    await withAnswers(
      (_request, response) => {
        const next = answers.shift() ?? 500;
        response.writeHead(next, { etag: '"0"' }).end(next === 409 ? refusal('ConditionalRequestConflict') : '');
      },
      async (bucket) => assert.equal(await bucket.put('a', [Buffer.from('x')]), result),
    );
    assert.deepEqual(answers, []);
  }
});

test('a store that has no conditional puts is refused', async () => {
  await withAnswers(
    (_request, response) => response.writeHead(501).end(refusal('NotImplemented')),
    (bucket) => rejectsWith('BUCKET_CONDITIONAL_PUT_IGNORED', bucket.put('a', [])),
  );
});

test('a put is conditional, and sent under a checksum', async () => {
  const seen: IncomingMessage['headers'][] = [];
  await withAnswers(
    ({ headers }, response) => {
      seen.push(headers);
      response.writeHead(200, { etag: '"0"' }).end();
    },
    async (bucket) => {
      await bucket.put('a', [Buffer.from('1234'), Buffer.from('56789')], { contentType: 'text/plain' });
    },
  );
  assert.equal(seen[0]?.['if-none-match'], '*');
  // The check value of CRC-32C in every catalogue of CRCs: E3069283.
  assert.equal(seen[0]['x-amz-checksum-crc32c'], Buffer.from('e3069283', 'hex').toString('base64'));
  assert.match(seen[0].authorization ?? '', /SignedHeaders=[^,]*x-amz-checksum-crc32c/);
  assert.equal(seen[0]['content-length'], '9');
  assert.equal(seen[0]['content-type'], 'text/plain');
});

async function rejectsWith(code: ErrorCode, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(isAppError(error, code), `${String(error)} is not a ${code}`);
    return true;
  });
}
