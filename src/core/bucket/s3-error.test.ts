import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, isAppError, type ErrorCode } from '../errors.ts';
import { s3Error } from './s3-error.ts';

/** An error as the SDK makes it of an answer. */
function answered(httpStatusCode: number, name: string, message = 'as the store says'): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

/** An error as the network makes it. */
function broken(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

const expectations: readonly (readonly [Error, ErrorCode, RegExp])[] = [
  [answered(404, 'NoSuchBucket'), 'BUCKET_MISSING', /Create the bucket/],
  [answered(403, 'InvalidAccessKeyId'), 'BUCKET_ACCESS_DENIED', /access key/],
  [answered(403, 'SignatureDoesNotMatch'), 'BUCKET_ACCESS_DENIED', /secret key/],
  [answered(400, 'ExpiredToken'), 'BUCKET_ACCESS_DENIED', /session token/],
  [answered(403, 'AccessDenied'), 'BUCKET_ACCESS_DENIED', /s3:PutObject/],
  [answered(403, 'UnknownError', 'UnknownError'), 'BUCKET_ACCESS_DENIED', /s3:ListBucket/],
  [answered(403, 'RequestTimeTooSkewed'), 'BUCKET_UNAVAILABLE', /clock/],
  [answered(301, 'PermanentRedirect'), 'BUCKET_INVALID_URL', /region/],
  [answered(400, 'AuthorizationHeaderMalformed'), 'BUCKET_INVALID_URL', /region/],
  [answered(409, 'ConditionalRequestConflict'), 'BUCKET_UNAVAILABLE', /overloaded/],
  [answered(429, 'TooManyRequests'), 'BUCKET_UNAVAILABLE', /overloaded/],
  [answered(503, 'SlowDown'), 'BUCKET_UNAVAILABLE', /overloaded/],
  [answered(500, 'InternalError'), 'BUCKET_UNAVAILABLE', /overloaded/],
  [answered(501, 'NotImplemented'), 'BUCKET_CONDITIONAL_PUT_IGNORED', /If-None-Match/],
  [answered(400, 'EntityTooLarge'), 'BUCKET_REQUEST_REFUSED', /documentation/],
  [answered(400, 'XMinioParentIsObject'), 'BUCKET_INVALID_KEY', /object/],
  [answered(200, 'SyntaxError', 'Deserialization error: to see the raw response'), 'BUCKET_UNAVAILABLE', /web console/],
  [
    Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' }),
    'BUCKET_ACCESS_DENIED',
    /access key/,
  ],
  [new Error('Region is missing'), 'BUCKET_INVALID_URL', /region/],
  [Object.assign(new Error('Request aborted'), { name: 'AbortError' }), 'BUCKET_UNAVAILABLE', /endpoint/],
  [broken('ENOTFOUND'), 'BUCKET_UNAVAILABLE', /name resolution/],
  [broken('ECONNREFUSED'), 'BUCKET_UNAVAILABLE', /running/],
  [broken('ECONNRESET'), 'BUCKET_UNAVAILABLE', /network/],
  [broken('DEPTH_ZERO_SELF_SIGNED_CERT'), 'BUCKET_UNAVAILABLE', /NODE_EXTRA_CA_CERTS/],
  [broken('EPROTO'), 'BUCKET_UNAVAILABLE', /scheme/],
];

for (const [cause, code, hint] of expectations) {
  test(`${cause.name === 'Error' ? cause.message : cause.name} is ${code}`, () => {
    const error = s3Error('put', 's3://bucket/key', cause);
    assert.ok(isAppError(error, code), String(error));
    assert.match(error.hint ?? '', hint);
    assert.match(error.message, /^put s3:\/\/bucket\/key: ./);
    assert.equal(error.cause, cause);
  });
}

test('a request that took too long is told as that', () => {
  const error = s3Error('put', 's3://b/k', Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
  assert.equal((error as AppError).message, 'put s3://b/k: no answer within `bucket.requestTimeout`');
});

test('errors of ours and bugs pass as they are', () => {
  const ours = new AppError('BUCKET_INVALID_KEY', 'no');
  for (const error of [ours, new TypeError('bug'), 'thrown text', undefined])
    assert.equal(s3Error('get', 's3://b/k', error), error);
});
