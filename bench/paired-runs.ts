import { assert, must } from '../src/core/assert.ts';

/** What one run of ours gave. */
export interface OurRun {
  readonly recordsPerSecond: number;
  /** User and system time of our process, all threads, over the measured span, for a million records. */
  readonly cpuSecondsPerMillion: number;
  /** The most memory that our process has held, from its start to the end of the span. */
  readonly rssMaxBytes: number;
}

/** Ours and the reference, measured one right after the other. */
export interface PairedRun {
  readonly ours: OurRun;
  readonly reference: { readonly recordsPerSecond: number };
  /** Ours divided by the reference's rate. */
  readonly ratio: number;
}

/** One row of the results; the names are the benchmark's interface (`--json`). */
export interface ResultRow {
  readonly id: string;
  /** Median records/s. */
  readonly ours: number;
  readonly reference: number;
  /** Median of the pairs' ratios, not ratio of the medians: what disturbs the machine disturbs a pair alike. */
  readonly ratio: number;
  readonly cpuSecondsPerMillion: number;
  /** The largest of all runs. */
  readonly rssMaxBytes: number;
  readonly runs: readonly PairedRun[];
}

/** The two things compared, each able to run again and again. */
export interface Contest {
  readonly id: string;
  ours(): Promise<OurRun>;
  /** Records/s. */
  reference(): Promise<number>;
}

/**
 * Runs both in pairs, in the order A B B A A B ..., so that a machine that gets slower or faster favours neither. A pair
 * before them warms up what lives on (broker, page cache) and does not count.
 */
export async function runPairs(
  contest: Contest,
  runs: number,
  progress: (done: number, pair: PairedRun | undefined) => void,
): Promise<ResultRow> {
  assert(runs >= 1, 'there is at least one run');
  const pairs: PairedRun[] = [];
  for (let i = 0; i <= runs; i++) {
    const pair = await runPair(contest, i % 2 === 1);
    if (i > 0) pairs.push(pair);
    progress(i, i === 0 ? undefined : pair);
  }
  return summarise(contest.id, pairs);
}

async function runPair(contest: Contest, oursFirst: boolean): Promise<PairedRun> {
  const first = oursFirst ? await contest.ours() : undefined;
  const recordsPerSecond = await contest.reference();
  const ours = first ?? (await contest.ours());
  return { ours, reference: { recordsPerSecond }, ratio: ours.recordsPerSecond / recordsPerSecond };
}

/** The row of a contest's pairs. */
export function summarise(id: string, runs: readonly PairedRun[]): ResultRow {
  return {
    id,
    ours: Math.round(median(runs.map(({ ours }) => ours.recordsPerSecond))),
    reference: Math.round(median(runs.map(({ reference }) => reference.recordsPerSecond))),
    ratio: rounded(median(runs.map(({ ratio }) => ratio)), 3),
    cpuSecondsPerMillion: rounded(median(runs.map(({ ours }) => ours.cpuSecondsPerMillion)), 3),
    rssMaxBytes: Math.max(...runs.map(({ ours }) => ours.rssMaxBytes)),
    runs,
  };
}

/** The middle one, or the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = must(sorted[half], 'a median needs numbers');
  return sorted.length % 2 === 1 ? upper : (upper + must(sorted[half - 1], 'two in the middle')) / 2;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
