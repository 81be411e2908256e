import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Check } from 'typebox/value';
import { archivedPartition, certificateInput, handedOverTopic } from '../../../test/harness/certificate-sample.ts';
import { buildCertificate, type CertificateInput, type HandedOverTopic } from './build-certificate.ts';
import { CERTIFICATE_SCHEMA } from './certificate-schema.ts';

function build(given: Partial<CertificateInput> = {}) {
  const certificate = buildCertificate(certificateInput(given));
  assert.ok(Check(CERTIFICATE_SCHEMA, JSON.parse(JSON.stringify(certificate))), 'it is of its own schema');
  return certificate;
}

/** With the second source's partitions, those of the topic itself, replaced. */
function withNormal(
  partitions: HandedOverTopic['archive']['sources'][number]['partitions'],
): Partial<CertificateInput> {
  const topic = handedOverTopic();
  const [first, second] = topic.archive.sources;
  assert.ok(first !== undefined && second !== undefined);
  return { topics: [{ ...topic, archive: { folder: 'orders', sources: [first, { ...second, partitions }] } }] };
}

test('a hand-over in which all is well is proven, and says what it was proven from', () => {
  const certificate = build();
  assert.deepEqual([certificate.verdict, certificate.reasons, certificate.notes], ['proven', [], []]);
  assert.deepEqual(
    certificate.checks.map(({ outcome }) => outcome),
    ['passed', 'passed', 'passed', 'passed', 'passed'],
  );
  assert.deepEqual(
    certificate.topics[0]?.sources.map(({ topic, role, records }) => [topic, role, records]),
    [
      ['orders-init', 'initialization', '200'],
      ['orders', 'normal', '200'],
    ],
  );
});

/** What makes it not proven, and the reason that must be given. */
const DEFECTS: readonly (readonly [string, Partial<CertificateInput>, RegExp])[] = [
  [
    'a hole that nothing explains',
    withNormal([archivedPartition(0, 40n, { gaps: new Map([['missing', 3n]]) }), archivedPartition(1, 40n)]),
    /lacks offsets: 3 missing in source 2, partition 0/,
  ],
  [
    'records that expired before they were archived',
    withNormal([archivedPartition(0, 40n), archivedPartition(1, 40n, { gaps: new Map([['expired', 7n]]) })]),
    /lacks offsets: 7 expired in source 2, partition 1/,
  ],
  [
    'archiving that began too late',
    withNormal([archivedPartition(0, 40n), archivedPartition(1, 41n)]),
    /too late in partition 1 at 41 instead of 40/,
  ],
  [
    'an empty folder',
    { topics: [handedOverTopic({ archive: { folder: 'orders', sources: [] } })] },
    /holds no archive/,
  ],
  ['a row too few', { counts: [count(200n, 199n, 'equal')] }, /200 in the source, 199 in the archive/],
  ['a row too many', { counts: [count(200n, 201n, 'equal')] }, /200 in the source, 201 in the archive/],
  [
    'fewer records than the table has rows, where nobody counted what was read',
    { counts: [{ ...count(undefined, 5n, 'at-least'), table: { rows: 6n, why: undefined } }] },
    /5 records are archived, the table has 6, and no change was seen/,
  ],
  ['too few while changes came in', { counts: [count(200n, 199n, 'at-least')] }, /199 in the archive/],
  [
    'a table that has other rows, though nothing has changed',
    { counts: [{ ...count(200n, 200n, 'equal'), table: { rows: 201n, why: undefined } }] },
    /200 rows were read, the table has 201, and no change was seen/,
  ],
  ['offsets that were not set as planned', group({ applied: 41n }), /orders-0 was set to 41 instead of 40/],
  ['offsets that were set back since', group({ current: 39n }), /orders-0 is at 39, before the planned 40/],
  ['a group without offsets', group({ current: undefined }), /orders-0 has no offset/],
  [
    'a sample that differs',
    sample({ outcome: 'different', differences: ['key', 'headers'] }),
    /differs in key, headers/,
  ],
  ['a sample that is absent', sample({ outcome: 'absent' }), /orders-0 at 40 is not in the archive/],
  ['a step that is not done', step({ status: 'failed' }), /Step stop-cdc \(Stop the CDC\) is not done: it is failed/],
  [
    'a check of a step that failed',
    step({ evidence: [{ check: 'it is quiet', outcome: 'failed', found: null, atMs: 0 }] }),
    /Step stop-cdc: the check "it is quiet" failed/,
  ],
];

for (const [defect, given, reason] of DEFECTS) {
  test(`${defect}: not proven`, () => {
    const { verdict, reasons } = build(given);
    assert.equal(verdict, 'not-proven');
    assert.equal(reasons.length, 1, reasons.join('\n'));
    assert.match(reasons[0] ?? '', reason);
  });
}

/** The notes of what is proven all the same. */
function noted(given: Partial<CertificateInput>): readonly string[] {
  const { verdict, notes } = build(given);
  assert.equal(verdict, 'proven');
  return notes;
}

test('what a reader should know without it being wrong is noted', () => {
  assert.match(
    noted(withNormal([archivedPartition(0, 30n)])).join(),
    /not yet|archived yet in orders-1; earlier .* orders-0/,
  );
  const skipped = archivedPartition(0, 40n, { gaps: new Map([['skipped', 9n]]) });
  assert.match(noted(withNormal([skipped, archivedPartition(1, 40n)])).join(), /9 skipped in source 2, partition 0/);
  assert.match(noted({ counts: [count(undefined, 5n, 'equal')] }).join(), /could not be counted; archived are 5/);
  const changed = { ...count(200n, 200n, 'equal'), table: { rows: 230n, why: '40 records came into orders since' } };
  assert.match(noted({ counts: [changed] }).join(), /the table has 230: 40 records came into orders since/);
  const silent = { ...count(200n, 200n, 'equal'), table: { rows: undefined, why: 'no password' } };
  assert.match(noted({ counts: [silent] }).join(), /the table was not counted: no password/);
  assert.deepEqual(noted({ counts: [{ ...changed, table: { rows: 200n, why: undefined } }] }), []);
  assert.match(noted({ samples: [NO_RECORDS] }).join(), /no record could be/);
  assert.deepEqual(noted({ counts: [count(200n, 300n, 'at-least')] }), []);
  const uncounted = { ...count(undefined, 5n, 'at-least'), table: { rows: 5n, why: undefined } };
  assert.equal(noted({ counts: [uncounted] }).length, 1, 'that nobody counted');
});

const NO_RECORDS = { topic: 'orders', folder: 'orders', source: undefined, atMs: 0, records: [] };

function count(source: bigint | undefined, archived: bigint, rule: 'equal' | 'at-least') {
  return { what: 'rows', source, archived, rule };
}

function group(given: Partial<CertificateInput['groups'][number]['partitions'][number]>): Partial<CertificateInput> {
  return {
    groups: certificateInput().groups.map((at) => ({
      ...at,
      partitions: at.partitions.map((partition, index) => (index === 0 ? { ...partition, ...given } : partition)),
    })),
  };
}

function sample(given: Partial<CertificateInput['samples'][number]['records'][number]>): Partial<CertificateInput> {
  return {
    samples: certificateInput().samples.map((at) => ({
      ...at,
      records: at.records.map((record, index) => (index === 0 ? { ...record, ...given } : record)),
    })),
  };
}

function step(given: Partial<CertificateInput['steps'][number]>): Partial<CertificateInput> {
  return { steps: certificateInput().steps.map((at) => ({ ...at, ...given })) };
}
