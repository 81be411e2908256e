import type { ArchivedPartition, ArchivedSource } from '../../src/deploy/certificate/archive-facts.ts';
import type { CertificateInput, HandedOverTopic } from '../../src/deploy/certificate/build-certificate.ts';

const T0_MS = Date.UTC(2026, 2, 14, 8, 30);

/** A partition of 100 records and a marker from `start` on. */
export function archivedPartition(partition: number, start: bigint, given: Partial<ArchivedPartition> = {}) {
  const key = `orders/0001/${partition}/${String(start).padStart(20, '0')}.jsonl.zst`;
  return {
    partition,
    range: { start, end: start + 101n },
    firstSegment: { key, start },
    firstRecord: start,
    lastRecord: start + 99n,
    recordCount: 100,
    segmentCount: 1,
    objectBytes: 4096,
    gaps: new Map([['control', 1n]]),
    ...given,
  } satisfies ArchivedPartition;
}

function source(number: number, topic: string, partitions: readonly ArchivedPartition[]): ArchivedSource {
  const about = { folder: 'orders', number, clusterId: 'cluster', topic, topicId: `id-of-${topic}` };
  return { source: { ...about, partitionCount: 2, topicConfig: {}, createdAtMs: T0_MS + number * 60_000 }, partitions };
}

/** What `orders` looks like after it was handed over through `orders-init`: two partitions, from offset 40 on. */
export function handedOverTopic(given: Partial<HandedOverTopic> = {}): HandedOverTopic {
  return {
    topic: 'orders',
    topicId: 'id-of-orders',
    initializationTopicIds: ['id-of-orders-init'],
    archive: {
      folder: 'orders',
      sources: [
        source(1, 'orders-init', [archivedPartition(0, 0n), archivedPartition(1, 0n)]),
        source(2, 'orders', [archivedPartition(0, 40n), archivedPartition(1, 40n)]),
      ],
    },
    plannedStarts: new Map([
      [0, 40n],
      [1, 40n],
    ]),
    ...given,
  };
}

/** Everything about a hand-over in which all is well. */
export function certificateInput(given: Partial<CertificateInput> = {}): CertificateInput {
  const at = { topic: 'orders', planned: 40n, applied: 40n, current: 141n, logStart: 0n, logEnd: 141n };
  const record = { timestampMs: BigInt(T0_MS), bytes: 212, sha256: 'a3f1'.repeat(16) };
  const equal = { ...record, outcome: 'equal' as const, differences: [] };
  return {
    deployment: { name: 'shop', procedure: 'P2', mode: 'parallel', startedAtMs: T0_MS },
    issuedAtMs: T0_MS + 3_600_000,
    tool: 'bss 1.2.3',
    clusterId: 'cluster',
    bucketUrl: 's3://archive/prod',
    topics: [handedOverTopic()],
    counts: [{ what: 'rows of public.orders -> orders-init', source: 200n, archived: 200n, rule: 'equal' }],
    groups: [
      {
        group: 'archive',
        state: 'stable',
        partitions: [
          { ...at, partition: 0 },
          { ...at, partition: 1 },
        ],
      },
    ],
    samples: [
      {
        topic: 'orders',
        folder: 'orders',
        source: 2,
        atMs: T0_MS + 3_600_000,
        records: [
          { partition: 0, offset: 40n, ...equal },
          { partition: 1, offset: 77n, ...equal },
        ],
      },
    ],
    steps: [
      {
        id: 'stop-cdc',
        title: 'Stop the CDC',
        guideline: 'Stop the CDC and prepare the Initial Load.',
        status: 'done',
        startedAtMs: T0_MS,
        endedAtMs: T0_MS + 10_000,
        evidence: [
          {
            check: 'end offsets of orders stood still for 10 s',
            outcome: 'passed',
            found: { ends: { 'orders-0': '40', 'orders-1': '40' } },
            atMs: T0_MS + 9_000,
          },
        ],
      },
    ],
    ...given,
  };
}
