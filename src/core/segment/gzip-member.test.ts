import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { emptyGzipMember, gzipMember, gzipMemberAt, inflateMember } from './gzip-member.ts';

const TEXT = Buffer.from('a line\n'.repeat(100));

test('a member tells its size, and gives its bytes to us and to gunzip', () => {
  const member = gzipMember(TEXT, 6);
  const found = gzipMemberAt(Buffer.concat([member, Buffer.from('more')]));
  assert(found);
  assert.equal(found.sizeBytes, member.length);
  assert.deepEqual(Buffer.from(inflateMember(found, 1000)), TEXT);
  assert.deepEqual(
    zlib.gunzipSync(Buffer.concat([member, emptyGzipMember('BT', Buffer.of(1, 2, 3, 4)), member])).length,
    1400,
  );
});

test('the bytes of a member are checked: length, checksum and bound', () => {
  const found = gzipMemberAt(Buffer.from(gzipMember(TEXT, 6)));
  assert(found);
  assert.throws(() => inflateMember({ ...found, crc: found.crc ^ 1 }, 1000), /checksum/);
  assert.throws(() => inflateMember({ ...found, contentBytes: 701 }, 1000), /checksum/);
  assert.throws(() => inflateMember({ ...found, contentBytes: 699 }, 1000));
  assert.throws(() => inflateMember(found, 699), /more than 699/);
});

test('a subfield comes back; a cut member is none yet', () => {
  const member = Buffer.from(emptyGzipMember('BM', Buffer.from('metadata')));
  assert.deepEqual(gzipMemberAt(member)?.field, { name: 'BM', data: Buffer.from('metadata') });
  for (let length = 0; length < member.length; length++) {
    assert.equal(gzipMemberAt(member.subarray(0, length)), undefined);
  }
});
