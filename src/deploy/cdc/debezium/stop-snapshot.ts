import type { CdcRun } from '../cdc-driver.ts';
import type { ConnectorConfig } from '../connect-api.ts';
import { readNotifications, sendSignalOnce, signalledTables, type SnapshotSignal } from './connector-topics.ts';
import type { LoadContext } from './load-method.ts';
import { channelIn } from './signal-channel.ts';

/** The id of the signal that asks for a load for the first time, the second, ... */
export function idOfAttempt(loadId: string, attempt: number): string {
  return attempt === 1 ? loadId : `${loadId}-${attempt}`;
}

/** Stops the snapshot of a load that is given up; one that has come to its end, or was never asked for, is let be. */
export async function stopSnapshot(
  { kafka, control, connector }: LoadContext,
  live: ConnectorConfig,
  loadId: string,
  run: CdcRun,
): Promise<void> {
  const { channel } = channelIn(live);
  // Nobody can tell it any more.
  if (channel === undefined) return;
  const { signalTopic: topic, notificationTopic, prefix } = channel;
  const asked = await lastSignal(kafka, { topic, prefix }, loadId);
  if (asked === undefined) return;
  const isOver = async (): Promise<boolean> => {
    const notifications = (await readNotifications(kafka, notificationTopic, 0n)) ?? [];
    return notifications.some(({ id, type }) => id === asked.id && (type === 'COMPLETED' || type === 'ABORTED'));
  };
  if (await isOver()) return;
  const stop = { topic, prefix, id: `${asked.id}-stop`, type: 'stop-snapshot', tables: asked.tables } as const;
  await sendSignalOnce(kafka, stop);
  const stopped = await control.whileRunning(connector, 'to stop its snapshot', run.signal, isOver);
  run.say(
    stopped
      ? `stopped the snapshot of ${asked.tables.join(', ')}`
      : `connector ${connector} does not run: it stops the snapshot of ${asked.tables.join(', ')} once it does`,
  );
}

/** The signal of the last attempt of a load. */
async function lastSignal(
  kafka: LoadContext['kafka'],
  at: Pick<SnapshotSignal, 'topic' | 'prefix'>,
  loadId: string,
): Promise<Pick<SnapshotSignal, 'id' | 'tables'> | undefined> {
  let last: Pick<SnapshotSignal, 'id' | 'tables'> | undefined;
  for (let attempt = 1; ; attempt++) {
    const id = idOfAttempt(loadId, attempt);
    const tables = await signalledTables(kafka, { ...at, id });
    if (tables === undefined) return last;
    last = { id, tables };
  }
}
