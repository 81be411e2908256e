import { AppError } from '../../../core/errors.ts';
import type { JsonValue } from '../../step/step.ts';
import type { CdcRun, LoadState } from '../cdc-driver.ts';
import type { ConnectorConfig, ConnectorOffsets } from '../connect-api.ts';
import { endOf } from './connector-topics.ts';
import { initialSnapshotState, isWritten } from './initial-snapshot.ts';
import type { EndedLoad, LoadContext, LoadMethod } from './load-method.ts';

/** Properties by which the connector itself remembers a load, whatever happens to us. Debezium does not look at them. */
const LOAD_ID = 'bss.load.id';
const FORMER_MODE = 'bss.load.former.snapshot.mode';
const FORMER_OFFSETS = 'bss.load.former.offsets';
const NOTIFIED_FROM = 'bss.load.notified.from';
/** Set when the connector has forgotten where it was. */
const HAS_FORGOTTEN = 'bss.load.has.forgotten';

/** Modes that take a snapshot when there are no offsets, and capture changes afterwards. */
const READS_ALL = new Set(['initial', 'when_needed', 'always']);

/**
 * The live connector forgets where it is and takes its initial snapshot again, then captures what changes from its moment
 * on. What happened while it was stopped is in the rows, but not as changes: nothing says that a row was deleted.
 */
export function loadBySnapshot(context: LoadContext): LoadMethod {
  const { api, control, kafka, connector } = context;
  /** Stops the connector, which notes where it was before it forgets it: a load that is given up puts it back there. */
  const mark = async (id: string, live: ConnectorConfig, signal: AbortSignal): Promise<ConnectorConfig> => {
    const topic = notificationTopicOf(live);
    const from = topic === undefined ? 0n : await endOf(kafka, topic);
    await control.stop(connector, signal);
    const marked = {
      ...live,
      [LOAD_ID]: id,
      [FORMER_MODE]: live['snapshot.mode'] ?? 'initial',
      [FORMER_OFFSETS]: JSON.stringify(await api.offsets(connector)),
      [NOTIFIED_FROM]: String(from),
    };
    await api.configure(connector, marked);
    return marked;
  };
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
      if (live[LOAD_ID] !== undefined && live[LOAD_ID] !== request.id) throw otherLoad(connector, live[LOAD_ID]);
      if (live[HAS_FORGOTTEN] === undefined) {
        const marked = live[LOAD_ID] === request.id ? live : await mark(request.id, live, run.signal);
        await api.forgetOffsets(connector);
        const during = READS_ALL.has(marked[FORMER_MODE] ?? '') ? {} : { 'snapshot.mode': 'initial' };
        await api.configure(connector, { ...marked, ...during, [HAS_FORGOTTEN]: 'true' });
      }
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

    async end(load: EndedLoad, run: CdcRun) {
      if (load.live[LOAD_ID] !== load.request.id) return;
      const {
        [LOAD_ID]: _id,
        [FORMER_MODE]: mode,
        [FORMER_OFFSETS]: _offsets,
        [NOTIFIED_FROM]: _from,
        [HAS_FORGOTTEN]: _forgotten,
        ...rest
      } = load.live;
      await giveUp(context, load.live, run.signal);
      await api.configure(connector, mode === undefined ? rest : { ...rest, 'snapshot.mode': mode });
      const { state } = await control.state(connector);
      if (state !== 'stopped' && state !== 'paused') await control.start(connector, run.signal);
    },
  };
}

/**
 * Of a snapshot that has not come to its end, what changed before it would be in no row and no change: the connector, which
 * is stopped then, goes on where it was before the load.
 */
async function giveUp(
  { api, control, connector }: LoadContext,
  live: ConnectorConfig,
  signal: AbortSignal,
): Promise<void> {
  const hasBegun = live[HAS_FORGOTTEN] !== undefined;
  const isOver = async (): Promise<boolean> => hasBegun && isWritten(await api.offsets(connector));
  if (await isOver()) return;
  await control.stop(connector, signal);
  if (await isOver()) return;
  // As `mark` wrote it.
  const former = JSON.parse(live[FORMER_OFFSETS] ?? '[]') as ConnectorOffsets;
  if (former.length > 0) await api.alterOffsets(connector, former);
  else await api.forgetOffsets(connector);
}

function otherLoad(connector: string, id: string): AppError {
  return new AppError('DEPLOY_CDC_REFUSED', `connector ${connector} is in a load of id ${id}`, {
    subject: connector,
    hint: 'End that load first (`bss deploy undo` of that deployment).',
  });
}

/** Where the connector notifies; undefined when it does not, or not into a topic. */
export function notificationTopicOf(config: ConnectorConfig): string | undefined {
  const channels = (config['notification.enabled.channels'] ?? '').split(',').map((channel) => channel.trim());
  return channels.includes('sink') ? config['notification.sink.topic.name'] : undefined;
}
