import { partitionName } from '../../core/record/topic-partition.ts';
import type { NamedOffset } from '../offsets/offset-target.ts';
import type { StepRun } from '../step/step.ts';
import { names } from './live-topics.ts';
import { byName, readPositions } from './positions.ts';
import type { Site } from './site.ts';
import { waitUntil } from './wait-until.ts';

/**
 * The ends of the topics once everything that is in them now can be read: brokers write the markers of a transaction after
 * they have answered its commit, so that right after a load the readable end may still lie before it.
 * @throws DEPLOY_TIMEOUT while a transaction stays open
 */
export async function settledEnds(
  { kafka, clock, deployment }: Site,
  topics: readonly string[],
  run: StepRun,
): Promise<readonly NamedOffset[]> {
  const written = await readPositions(kafka, topics, 'latest');
  const probe = async (): Promise<readonly NamedOffset[] | undefined> => {
    const readable = await readPositions(kafka, topics, 'stable');
    const ends = byName(readable);
    return written.every((at) => (ends.get(partitionName(at)) ?? 0n) >= at.offset) ? readable : undefined;
  };
  return await waitUntil(probe, {
    clock,
    signal: run.signal,
    timeoutMs: deployment.checks.loadTimeoutMs,
    late: () => `a transaction keeps the end of ${names(topics)} from being read`,
    hint: 'Find its producer (kafka-transactions.sh find-hanging) and end it.',
  });
}
