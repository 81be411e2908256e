import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, isAppError, type ErrorCode } from '../errors.ts';
import { fileError } from './file-error.ts';

/** An error as `node:fs` makes it. */
function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: meant for the test, ${syscall} '/archive/a'`), { code, syscall });
}

const expectations: readonly (readonly ['put' | 'delete' | 'get' | 'list', string, string, ErrorCode])[] = [
  ['put', 'ENOSPC', 'write', 'BUCKET_DISK_FULL'],
  ['put', 'EDQUOT', 'fsync', 'BUCKET_DISK_FULL'],
  ['put', 'EACCES', 'open', 'BUCKET_READ_ONLY'],
  ['put', 'EROFS', 'mkdir', 'BUCKET_READ_ONLY'],
  ['delete', 'EPERM', 'unlink', 'BUCKET_READ_ONLY'],
  ['put', 'EPERM', 'link', 'BUCKET_CONDITIONAL_PUT_IGNORED'],
  ['put', 'EXDEV', 'link', 'BUCKET_CONDITIONAL_PUT_IGNORED'],
  ['put', 'EACCES', 'link', 'BUCKET_READ_ONLY'],
  ['put', 'ENAMETOOLONG', 'open', 'BUCKET_INVALID_KEY'],
  ['get', 'EACCES', 'open', 'BUCKET_ACCESS_DENIED'],
  ['list', 'EACCES', 'opendir', 'BUCKET_ACCESS_DENIED'],
  ['get', 'EMFILE', 'open', 'BUCKET_UNAVAILABLE'],
  ['get', 'EIO', 'read', 'BUCKET_UNAVAILABLE'],
];

for (const [operation, errno, syscall, code] of expectations) {
  test(`${errno} of ${syscall} in a ${operation} is ${code}`, () => {
    const error = fileError(operation, '/archive/a', systemError(errno, syscall));
    assert.ok(isAppError(error, code), String(error));
    assert.match(error.message, new RegExp(`^${operation} /archive/a: ${errno}`));
    assert.ok(error.hint !== undefined);
  });
}

test('of an error and one of the clean-up after it, the first is told', () => {
  const both = new SuppressedError(systemError('EROFS', 'unlink'), systemError('ENOSPC', 'write'));
  assert.ok(isAppError(fileError('put', '/archive/a', both), 'BUCKET_DISK_FULL'));
});

test('errors of ours and bugs pass as they are', () => {
  for (const error of [new AppError('BUCKET_INVALID_KEY', 'no'), new TypeError('bug'), 'thrown text']) {
    assert.equal(fileError('get', '/archive/a', error), error);
  }
});
