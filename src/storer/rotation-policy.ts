import type { PartitionProgress } from './partition-progress.ts';

/** When a partition's backlog becomes a segment. */
export interface RotationPolicy {
  /** Bytes of lines that make a full segment. */
  readonly segmentBytes: number;
  /** No record waits longer than this for its segment to begin. */
  readonly ageMaxMs: number;
  /** Optional: at every multiple of this wall-clock time whatever waits becomes a segment. 0: off. */
  readonly alignToMs: number;
}

/** Why a partition is due. */
export type DueReason = 'size' | 'age' | 'clock' | 'flush';

/** A record's size before anything is known of a topic, in bytes of lines. */
const RECORD_BYTES_GUESS = 256;

/**
 * Why a partition is due now, or undefined. Ages are by a clock that never goes back (`nowMs`): when the machine's is set
 * back, nothing waits longer. Only `alignToMs` is a question of the time of day (`wallMs`).
 */
export function dueReason(
  progress: PartitionProgress,
  policy: RotationPolicy,
  nowMs: number,
  wallMs: number,
): DueReason | undefined {
  if (progress.backlog <= 0n || progress.backlogSinceMs === undefined) return undefined;
  if (progress.backlogBytes(RECORD_BYTES_GUESS) >= policy.segmentBytes) return 'size';
  if (nowMs - progress.backlogSinceMs >= policy.ageMaxMs) return 'age';
  if (progress.mustFlush) return 'flush';
  if (policy.alignToMs > 0) {
    const boundaryMs = nowMs - (wallMs % policy.alignToMs);
    if (progress.backlogSinceMs < boundaryMs) return 'clock';
  }
  return undefined;
}

/** A partition that is due, and why. */
export interface DuePartition<P> {
  readonly partition: P;
  readonly reason: DueReason;
}

/**
 * The partitions to archive next, at most `limit`: those whose turn was longest ago first, and of these those that wait
 * longest. So none starves, however large the backlog of another is, and when much has to be caught up with, all
 * partitions come to their end at about the same time.
 */
export function duePartitions<P extends { readonly progress: PartitionProgress }>(
  candidates: Iterable<P>,
  policy: RotationPolicy,
  now: { readonly nowMs: number; readonly wallMs: number; readonly limit: number },
): DuePartition<P>[] {
  const due: DuePartition<P>[] = [];
  for (const partition of candidates) {
    const reason = dueReason(partition.progress, policy, now.nowMs, now.wallMs);
    if (reason !== undefined) due.push({ partition, reason });
  }
  const since = (d: DuePartition<P>): number => d.partition.progress.backlogSinceMs ?? now.nowMs;
  const turn = (d: DuePartition<P>): number => d.partition.progress.turnMs;
  return due.toSorted((a, b) => turn(a) - turn(b) || since(a) - since(b)).slice(0, now.limit);
}
