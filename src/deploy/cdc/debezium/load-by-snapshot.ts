import { AppError } from '../../../core/errors.ts';
import type { JsonValue } from '../../step/step.ts';
import type { CdcRun, LoadState } from '../cdc-driver.ts';
import type { ConnectorConfig } from '../connect-api.ts';
import { endOf } from './connector-topics.ts';
import { initialSnapshotState } from './initial-snapshot.ts';
import type { DebeziumLoad, LoadContext, LoadMethod } from './load-method.ts';

/** Properties by which the connector itself remembers a load, whatever happens to us. Debezium does not look at them. */
const LOAD_ID = 'bss.load.id';
const FORMER_MODE = 'bss.load.former.snapshot.mode';
const NOTIFIED_FROM = 'bss.load.notified.from';

/** Modes that take a snapshot when there are no offsets, and capture changes afterwards. */
const READS_ALL = new Set(['initial', 'when_needed', 'always']);

/**
 * The live connector forgets where it is and takes its initial snapshot again, then captures what changes from its moment
 * on. What happened while it was stopped is in the rows, but not as changes: nothing says that a row was deleted.
 */
export function loadBySnapshot(context: LoadContext): LoadMethod {
  const { api, control, kafka, connector } = context;
  return {
    async describe({ live }) {
      const mode = live['snapshot.mode'] ?? 'initial';
      return [
        `make connector ${connector} forget its offsets`,
        ...(READS_ALL.has(mode) ? [] : [`set its snapshot.mode, ${mode} now, to initial for the time of the load`]),
        'start it: it reads all its tables (those of no topic of this deployment too), then captures what changes from then on',
        'rows that were deleted while it was stopped are not read, and no message says that they are gone: what consumers of the live topics have of them stays there (`cdc.load: signal` has not this gap)',
      ];
    },

    async start({ request, live }, run): Promise<JsonValue> {
      if (live[LOAD_ID] === request.id) {
        await control.start(connector, run.signal);
        return { method: 'resnapshot' };
      }
      if (live[LOAD_ID] !== undefined) {
        throw new AppError('DEPLOY_CDC_REFUSED', `connector ${connector} is in a load of id ${live[LOAD_ID]}`, {
          subject: connector,
          hint: 'End that load first (`bss deploy undo` of that deployment).',
        });
      }
      const topic = notificationTopicOf(live);
      const from = topic === undefined ? 0n : await endOf(kafka, topic);
      await control.stop(connector, run.signal);
      await api.forgetOffsets(connector);
      const mode = live['snapshot.mode'] ?? 'initial';
      const during = READS_ALL.has(mode) ? {} : { 'snapshot.mode': 'initial' };
      const marks = { [LOAD_ID]: request.id, [FORMER_MODE]: mode, [NOTIFIED_FROM]: String(from) };
      await api.configure(connector, { ...live, ...during, ...marks });
      await control.start(connector, run.signal);
      return { method: 'resnapshot' };
    },

    async state({ request, live, tables }): Promise<LoadState> {
      if (live[LOAD_ID] !== request.id) {
        return { state: 'failed', reason: `connector ${connector} knows of no load ${request.id}`, detail: null };
      }
      const topic = notificationTopicOf(live);
      const notified = topic === undefined ? undefined : { topic, from: BigInt(live[NOTIFIED_FROM] ?? 0) };
      return initialSnapshotState(context, connector, notified, tables);
    },

    async end(load: DebeziumLoad, run: CdcRun) {
      if (load.live[LOAD_ID] !== load.request.id) return;
      const { [LOAD_ID]: _id, [FORMER_MODE]: mode, [NOTIFIED_FROM]: _from, ...rest } = load.live;
      await api.configure(connector, mode === undefined ? rest : { ...rest, 'snapshot.mode': mode });
      const { state } = await control.state(connector);
      if (state !== 'stopped' && state !== 'paused') await control.start(connector, run.signal);
    },
  };
}

/** Where the connector notifies; undefined when it does not, or not into a topic. */
export function notificationTopicOf(config: ConnectorConfig): string | undefined {
  const channels = (config['notification.enabled.channels'] ?? '').split(',').map((channel) => channel.trim());
  return channels.includes('sink') ? config['notification.sink.topic.name'] : undefined;
}
