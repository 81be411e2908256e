import type { Offset } from '../../../core/record/topic-partition.ts';
import type { LoadState } from '../cdc-driver.ts';
import type { ConnectorOffsets } from '../connect-api.ts';
import { readNotifications } from './connector-topics.ts';
import type { LoadedTable } from './connector-tables.ts';
import type { LoadContext } from './load-method.ts';
import { snapshotState } from './snapshot-notifications.ts';

/**
 * How far the snapshot is that a connector takes when it has no offsets. Two things must agree that it has finished: what
 * it notified of (where it does, in JSON), and the offsets that Kafka Connect keeps for it: those move only when Kafka has
 * acknowledged all rows before, which a notification on another topic may overtake.
 */
export async function initialSnapshotState(
  context: LoadContext,
  connector: string,
  notified: { readonly topic: string; readonly from: Offset } | undefined,
  tables: readonly LoadedTable[],
): Promise<LoadState> {
  const { api, control, kafka } = context;
  const failure = await control.failure(connector);
  if (failure !== undefined) return { state: 'failed', reason: failure, detail: { connector } };
  const offsets = await api.offsets(connector);
  const written = isWritten(offsets);
  const notifications =
    notified === undefined ? undefined : await readNotifications(kafka, notified.topic, notified.from);
  if (notifications === undefined) {
    return { state: written ? 'finished' : 'running', detail: { connector, offsets } };
  }
  const state = snapshotState(notifications, { aggregate: 'Initial Snapshot' }, tables);
  return state.state === 'finished' && !written ? { ...state, state: 'running' } : state;
}

/**
 * Whether Kafka has all rows of a snapshot, and the connector goes on behind it. While one is under way, the offset says so;
 * afterwards it says nothing of it any more.
 */
export function isWritten(offsets: ConnectorOffsets): boolean {
  return (
    offsets.length > 0 &&
    offsets.every(({ offset }) => {
      const fields = typeof offset === 'object' && offset !== null ? (offset as Record<string, unknown>) : {};
      const { snapshot, snapshot_completed: completed, last_snapshot_record: last } = fields;
      return snapshot === undefined || snapshot === false || completed === true || last === true;
    })
  );
}
