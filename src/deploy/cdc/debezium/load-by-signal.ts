import { AppError } from '../../../core/errors.ts';
import type { JsonValue } from '../../step/step.ts';
import type { CdcRun, LoadState } from '../cdc-driver.ts';
import type { ConnectorConfig } from '../connect-api.ts';
import { endOf, hasSignal, readNotifications, sendSignalOnce } from './connector-topics.ts';
import type { DebeziumLoad, EndedLoad, LoadContext, LoadMethod } from './load-method.ts';
import { channelOf, checkedChannel, type SignalChannel } from './signal-channel.ts';
import { snapshotState } from './snapshot-notifications.ts';
import { idOfAttempt, stopSnapshot } from './stop-snapshot.ts';
import { deleteWatermarks, tablesWithoutKey } from './source-database.ts';

/** The live connector is asked by a signal to read the tables while it captures (an incremental snapshot). */
export function loadBySignal(context: LoadContext): LoadMethod {
  const { control, kafka, connector, sourceUrl } = context;
  return {
    async describe({ live, tables }) {
      const { signalTopic } = await checkedChannel(context, live);
      await checkTables(context, live, tables);
      return [
        `start connector ${connector}, and ask it by a signal in topic ${signalTopic} for an incremental snapshot of ` +
          tables.map(({ table }) => table).join(', '),
        'changes that were made while it was stopped are captured as well: its replication slot has kept them',
      ];
    },

    async start({ request, live, tables }, run): Promise<JsonValue> {
      const channel = await checkedChannel(context, live);
      const { signalTopic, notificationTopic, prefix } = channel;
      const names = tables.map(({ table }) => table);
      refuseNames(names);
      const id = await attemptId(context, channel, { request, live, tables });
      const from = await endOf(kafka, notificationTopic);
      const isSent = await sendSignalOnce(kafka, {
        topic: signalTopic,
        prefix,
        id,
        type: 'execute-snapshot',
        tables: names,
      });
      await control.start(connector, run.signal);
      // Of a signal that was sent before, notifications may lie before the end too.
      return { method: 'signal', id, notifiedFrom: String(isSent ? from : 0n) };
    },

    async state({ request, live, tables }, handle): Promise<LoadState> {
      const failure = await control.failure(connector);
      if (failure !== undefined) return { state: 'failed', reason: failure, detail: { connector } };
      const { notificationTopic } = channelOf(connector, live);
      const notifications = await readNotifications(kafka, notificationTopic, notifiedFrom(handle));
      if (notifications === undefined) throw unreadable(connector, notificationTopic);
      return snapshotState(notifications, { id: signalIdOf(handle) ?? request.id }, tables);
    },

    async end({ request, live }: EndedLoad, run: CdcRun) {
      await stopSnapshot(context, live, request.id, run);
      const signalTable = live['signal.data.collection'];
      if (signalTable === undefined) return;
      if (sourceUrl === undefined) {
        run.say(
          `Rows of type snapshot-window-open and snapshot-window-close stay in ${signalTable}; they may be deleted.`,
        );
        return;
      }
      const deleted = await deleteWatermarks(sourceUrl, signalTable);
      run.say(`deleted ${deleted} rows from ${signalTable} by which the snapshot was marked`);
    },
  };
}

/** Where `start` said that the notifications begin; the topic's start when it did not. */
function notifiedFrom(handle: JsonValue): bigint {
  const from = (handle as { readonly notifiedFrom?: unknown } | null)?.notifiedFrom;
  return typeof from === 'string' ? BigInt(from) : 0n;
}

/** The id of the signal that `start` sent. */
function signalIdOf(handle: JsonValue): string | undefined {
  const id = (handle as { readonly id?: unknown } | null)?.id;
  return typeof id === 'string' ? id : undefined;
}

/**
 * The id of the signal that asks for the load: the load's own, or, when the snapshot that it asked for was stopped or could
 * not read a table, that of a further attempt.
 */
async function attemptId(
  { kafka }: LoadContext,
  { signalTopic, notificationTopic }: SignalChannel,
  { request, tables }: DebeziumLoad,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const id = idOfAttempt(request.id, attempt);
    if (!(await hasSignal(kafka, { topic: signalTopic, id }))) return id;
    const notifications = (await readNotifications(kafka, notificationTopic, 0n)) ?? [];
    if (snapshotState(notifications, { id }, tables).state !== 'failed') return id;
  }
}

/** What no incremental snapshot can read is refused before the connector is stopped. */
async function checkTables(
  { sourceUrl }: LoadContext,
  live: ConnectorConfig,
  tables: DebeziumLoad['tables'],
): Promise<void> {
  const names = tables.map(({ table }) => table);
  refuseNames(names);
  if (sourceUrl === undefined || live['message.key.columns'] !== undefined) return;
  const keyless = await tablesWithoutKey(sourceUrl, names);
  if (keyless.length === 0) return;
  throw new AppError(
    'DEPLOY_CDC_REFUSED',
    `Debezium takes no incremental snapshot of a table without a key: ${keyless.join(', ')}`,
    { subject: keyless[0], hint: 'Give it a primary key, or load with `cdc.load: resnapshot`.' },
  );
}

/**
 * Debezium cannot parse such names, as it does with those of signals and with those that it keeps in its offsets: a
 * connector that was made to take one does not start any more.
 */
function refuseNames(names: readonly string[]): void {
  const odd = names.filter((name) => /[\s"'`]/.test(name));
  if (odd.length === 0) return;
  throw new AppError(
    'DEPLOY_CDC_REFUSED',
    `Debezium cannot take an incremental snapshot of a table with a space or quote in its name: ${odd.join(', ')}`,
    { subject: odd[0], hint: 'Load with `cdc.load: resnapshot`.' },
  );
}

function unreadable(connector: string, topic: string): AppError {
  return new AppError('DEPLOY_CDC_REFUSED', `the notifications in ${topic} cannot be read: they are no JSON`, {
    subject: topic,
    hint: `Only JSON is read. Load with \`cdc.load: resnapshot\`, whose end the offsets of connector ${connector} tell.`,
  });
}
