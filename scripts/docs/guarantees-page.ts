import { glob, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { code, markdownTable } from './markdown-table.ts';

const ROOT = resolve(import.meta.dirname, '../..');

interface Invariant {
  readonly name: string;
  readonly title: string;
  readonly text: string;
  /** Where it is kept. */
  readonly kept: string;
}

const INVARIANTS: readonly Invariant[] = [
  {
    name: 'I1',
    title: 'No loss',
    text:
      'Every record of an archived partition, from the first position taken, that a reader of the configured isolation ' +
      'level may see is in exactly one place of the archive, or a recorded gap says why it is not: transaction marker, ' +
      'aborted, compacted, expired by retention, skipped on an operator’s order.',
    kept: '`storer/archive-step.ts`, `storer/recover-partition.ts`, `core/segment/segment-encoder.ts`',
  },
  {
    name: 'I2',
    title: 'No duplicate',
    text: 'No record is readable twice, whatever crashed, was fenced, was retried or ran twice.',
    kept: '`core/archive/segment-store.ts` (create only if absent), `core/archive/chain-walker.ts` (read by position)',
  },
  {
    name: 'I3',
    title: 'Order',
    text: 'Reading a partition’s archive gives its records in offset order.',
    kept: '`core/archive/chain-walker.ts`, `core/segment/batch-decoder.ts`',
  },
  {
    name: 'I4',
    title: 'Fidelity',
    text:
      'Key, value, headers (order, duplicates, null values), timestamp and timestamp type come back as the same bytes. ' +
      'null is not empty. Bytes that are no UTF-8 survive.',
    kept: '`core/segment/wasm`, `core/segment/line-encoder.ts`, `core/segment/line-decoder.ts`',
  },
  {
    name: 'I5',
    title: 'Commit after store',
    text:
      'An offset is never committed past what is durable in the bucket; events and forwarded records are visible if and ' +
      'only if that offset is.',
    kept: '`storer/commit-transaction.ts`, `storer/commit-queue.ts`, `storer/partition-progress.ts`',
  },
  {
    name: 'I6',
    title: 'Self-contained',
    text: 'The bucket alone suffices to reload: no database, topic or local disk is needed. Indexes are caches.',
    kept: '`core/segment/segment-trailer.ts`, `core/archive`',
  },
  {
    name: 'I7',
    title: 'Reload exactly once',
    text:
      'A job that crashes and is resumed, on another machine too, writes each planned record once, as a read_committed ' +
      'reader of the target sees it.',
    kept: '`reloader/task/run-task.ts`, `reloader/task/task-writer.ts`',
  },
  {
    name: 'I8',
    title: 'Nothing silent',
    text: 'What is skipped, coerced, retried or refused is counted in a metric and told in a log or a report, with a stable code.',
    kept: '`storer/metered-observer.ts`, `reloader/metered-reloader.ts`, `core/errors.ts`',
  },
  {
    name: 'I9',
    title: 'Bounded',
    text:
      'Memory, queues, retries, timeouts and open requests have a stated limit; memory does not grow with partitions, ' +
      'topics, segments or archive size.',
    kept: '`storer/encode-segment.ts`, `storer/assignment.ts`, `core/runtime/semaphore.ts`',
  },
];

interface NamedTest {
  readonly path: string;
  readonly title: string;
  readonly invariants: readonly string[];
}

/**
 * docs/guarantees.md. A test that proves an invariant says so in its title (`I2, I5: ...`): the tables follow from that.
 * @throws Error when an invariant has no test, or a title names one that there is not.
 */
export async function guaranteesPage(): Promise<string> {
  const tests = await namedTests();
  const known = new Set(INVARIANTS.map(({ name }) => name));
  for (const { path, invariants } of tests) {
    for (const name of invariants)
      if (!known.has(name)) throw new Error(`${path} has a test of ${name}, which there is not`);
  }
  return [
    '# Guarantees',
    '',
    'Every visible record of an archived topic is in the bucket exactly once, byte for byte and in order, or the archive',
    'says why it is not; and it comes back exactly once. In detail, with what keeps each promise and what proves it:',
    '',
    'Made from the titles of the tests by `npm run docs`.',
    '',
    ...INVARIANTS.flatMap((invariant) => section(invariant, tests)),
    '## From test to invariant',
    '',
    markdownTable(
      ['Test', 'Proves'],
      tests.map(({ path, title, invariants }) => [`${code(path)} ${title}`, invariants.join(', ')]),
    ),
  ].join('\n');
}

function section({ name, title, text, kept }: Invariant, tests: readonly NamedTest[]): string[] {
  const proofs = tests.filter(({ invariants }) => invariants.includes(name));
  if (proofs.length === 0) throw new Error(`no test has ${name} in its title`);
  const lines = proofs.map((proof) => `- ${code(proof.path)} ${proof.title}`);
  return [`## ${name} ${title}`, '', text, '', `Kept by ${kept}.`, '', ...lines, ''];
}

async function namedTests(): Promise<NamedTest[]> {
  const tests: NamedTest[] = [];
  const paths = await Array.fromAsync(glob('{src,test}/**/*{.,-}test.ts', { cwd: ROOT }));
  for (const path of paths.toSorted()) {
    const source = await readFile(join(ROOT, path), 'utf8');
    for (const match of source.matchAll(/\btest\(\s*(['`])(I\d(?:, I\d)*): (.*?)(?:\1,|\$\{)/g)) {
      const [, , invariants = '', title = ''] = match;
      tests.push({ path, title: title.trim().replace(/:$/, ''), invariants: invariants.split(', ') });
    }
  }
  return tests;
}
