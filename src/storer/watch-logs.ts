import { type Offset, partitionName } from '../core/record/topic-partition.ts';
import type { ArchiveContext } from './archive-step.ts';
import type { OwnedPartition } from './owned-partition.ts';

const STALL_HINT = 'Find its producer with kafka-transactions.sh --find-hanging, and abort it there if it is dead.';
const TRUNCATED_HINT =
  'What is written before the archived end is not archived. If the offset of the group was set too far, set it back. If ' +
  'Kafka lost the end of the log (an unclean leader election, a restored disk), what is written there now is another ' +
  'history: create the topic anew, which is archived as a source of its own.';

/** Looks for what keeps records from being archived although nothing fails, and warns of it once. @throws KAFKA_* */
export async function watchLogs(context: ArchiveContext, partitions: readonly OwnedPartition[]): Promise<void> {
  const { kafka, clock, logger, isolation } = context;
  const all = partitions.map(({ at }) => at);
  // Before the ends are asked for: what is stored meanwhile may lie behind them.
  const stored = new Map(partitions.map(({ at, progress }) => [partitionName(at), progress.stored]));
  const none: ReadonlyMap<string, Offset> = new Map();
  const stableEnds = isolation === 'read_committed' ? await kafka.listOffsets(all, 'stable') : none;
  const ends = await kafka.listOffsets(all, 'latest');
  for (const partition of partitions) {
    const name = partitionName(partition.at);
    const [stable, end, archivedEnd] = [stableEnds.get(name), ends.get(name), stored.get(name)];
    if (end === undefined) continue;
    const isBeyond = archivedEnd !== undefined && end < archivedEnd;
    if (isBeyond && !partition.beyondLog) {
      logger.warn('the log of a partition ends before what is archived', {
        partition: name,
        end,
        archivedEnd,
        hint: TRUNCATED_HINT,
      });
    }
    partition.beyondLog = isBeyond;
    if (stable !== undefined && partition.stall.seen(stable, end, clock.monotonicMs())) {
      const fields = { partition: name, offset: stable, highWatermark: end, hint: STALL_HINT };
      logger.warn('an open transaction holds a partition back', fields);
    }
  }
}
