import type { KafkaClient } from '../../core/kafka/kafka-client.ts';
import { type Offset, partitionName, type TopicPartition } from '../../core/record/topic-partition.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { formatDuration } from '../../core/runtime/human-units.ts';
import { type CheckResult, held, refused } from './check-result.ts';

const LOOKS_PER_PERIOD = 10;
const PAUSE_MAX_MS = 1000;

/** How long nothing may be written. */
export interface QuietPeriodOptions {
  readonly periodMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told after each look: milliseconds of the period that have passed. */
  readonly progress?: ((doneMs: number) => void) | undefined;
}

/** The end of a partition's log, and how far it came when it moved. */
export interface MovedEnd extends TopicPartition {
  readonly from: Offset;
  readonly to: Offset;
}

/**
 * The ends of the topics' logs stood still for the period: nothing writes to them, whatever anybody says. Looks ten times in
 * the period (at least once a second), and gives up at the first end that moves; a log that was emptied or created again
 * moves too. Records of a transaction that is open count from when they are written.
 *
 * DEPLOY_NOT_QUIET names the partitions. The evidence has every end.
 */
export async function quietPeriod(
  kafka: KafkaClient,
  topics: readonly string[],
  options: QuietPeriodOptions,
): Promise<CheckResult> {
  const { periodMs, clock, signal, progress } = options;
  const partitions = (await kafka.describeTopics(topics)).flatMap(({ name: topic, partitionCount }) =>
    Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition })),
  );
  const before = await kafka.listOffsets(partitions, 'latest');
  const startMs = clock.monotonicMs();
  const since = new Date(clock.nowMs()).toISOString();
  const pauseMs = Math.min(PAUSE_MAX_MS, periodMs / LOOKS_PER_PERIOD);
  for (;;) {
    const leftMs = startMs + periodMs - clock.monotonicMs();
    await clock.sleep(Math.max(0, Math.min(pauseMs, leftMs)), signal);
    const now = await kafka.listOffsets(partitions, 'latest');
    const doneMs = clock.monotonicMs() - startMs;
    progress?.(Math.min(doneMs, periodMs));
    const moved = movedEnds(partitions, before, now);
    const isOver = doneMs >= periodMs;
    if (moved.length > 0 || isOver) return quiet({ topics, since, periodMs, doneMs, ends: now, moved });
  }
}

/** What the looks came to. */
interface Observation {
  readonly topics: readonly string[];
  readonly since: string;
  readonly periodMs: number;
  readonly doneMs: number;
  readonly ends: ReadonlyMap<string, Offset>;
  readonly moved: readonly MovedEnd[];
}

function quiet({ topics, since, periodMs, doneMs, ends, moved }: Observation): CheckResult {
  const check = `end offsets of ${topics.join(', ')} stood still for ${formatDuration(periodMs)}`;
  const ended = Object.fromEntries([...ends].map(([name, offset]) => [name, String(offset)]));
  const found = { since, watchedMs: Math.round(doneMs), ends: ended };
  if (moved.length === 0) return held(check, found);
  const shown = moved.slice(0, 5).map((at) => `${partitionName(at)} from ${at.from} to ${at.to}`);
  const more = moved.length > 5 ? `, and ${moved.length - 5} more` : '';
  const movedFound = moved.map((at) => ({
    topic: at.topic,
    partition: at.partition,
    from: String(at.from),
    to: String(at.to),
  }));
  return refused(
    check,
    { ...found, moved: movedFound },
    {
      code: 'DEPLOY_NOT_QUIET',
      message: `Something still writes to ${[...new Set(moved.map(({ topic }) => topic))].join(', ')}: within ${formatDuration(doneMs)} the log grew: ${shown.join(', ')}${more}`,
      subject: moved[0]?.topic ?? '',
      hint: 'Stop whatever writes there (the CDC, all of its tasks, other producers), and try again.',
    },
  );
}

/** The ends that are not where they were. */
export function movedEnds(
  partitions: readonly TopicPartition[],
  before: ReadonlyMap<string, Offset>,
  after: ReadonlyMap<string, Offset>,
): MovedEnd[] {
  return partitions.flatMap(({ topic, partition }) => {
    const name = partitionName({ topic, partition });
    const [from, to] = [before.get(name) ?? 0n, after.get(name) ?? 0n];
    return from === to ? [] : [{ topic, partition, from, to }];
  });
}
