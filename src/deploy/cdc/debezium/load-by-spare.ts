import { isAppError } from '../../../core/errors.ts';
import type { JsonValue } from '../../step/step.ts';
import type { LoadState } from '../cdc-driver.ts';
import type { ConnectorConfig } from '../connect-api.ts';
import { initialSnapshotState } from './initial-snapshot.ts';
import type { DebeziumLoad, EndedLoad, LoadContext, LoadMethod } from './load-method.ts';
import { dropSlot } from './source-database.ts';
import { type SpareConnector, spareConfig, spareNames } from './spare-connector.ts';

/** A second connector reads the tables into topics of its own, while the live one goes on undisturbed. */
export function loadBySpare(context: LoadContext): LoadMethod {
  const { api, control, kafka, sourceUrl } = context;
  const namesOf = (load: EndedLoad): SpareConnector => spareNames(context.connector, load.request.id);
  const configOf = (load: DebeziumLoad): ConnectorConfig => spareConfig(load.live, namesOf(load), load.tables);
  /** The offsets would outlive the connector, and make a later one of that name skip its snapshot. */
  const forget = async (name: string, signal: AbortSignal): Promise<void> => {
    try {
      await control.stop(name, signal);
      await api.forgetOffsets(name);
    } catch (error) {
      // A process that was killed right after it asked for the removal, and so after this, may have it carried out now.
      if (!isAppError(error, 'DEPLOY_CDC_REFUSED') || (await api.config(name)) !== undefined) throw error;
    }
  };
  return {
    async describe(load) {
      const { name, notificationTopic } = namesOf(load);
      configOf(load);
      return [
        `create connector ${name} from the configuration of ${context.connector}, which goes on undisturbed`,
        `it reads ${load.tables.map(({ table, target }) => `${table} into ${target}`).join(', ')} and ends`,
        `create topic ${notificationTopic} for what it says of its progress`,
      ];
    },

    async start(load, run): Promise<JsonValue> {
      const { name, notificationTopic } = namesOf(load);
      const config = configOf(load);
      // Kafka Connect would create a missing topic of its own accord, with one partition.
      await kafka.describeTopics(load.tables.map(({ target }) => target));
      await kafka.createTopics([{ name: notificationTopic, partitionCount: 1, replicationFactor: -1 }]);
      await api.create(name, config, 'STOPPED');
      await control.start(name, run.signal);
      return { method: 'spare', connector: name, notificationTopic };
    },

    async state(load): Promise<LoadState> {
      const { name, notificationTopic } = namesOf(load);
      return initialSnapshotState(context, name, { topic: notificationTopic, from: 0n }, load.tables);
    },

    async end(load, run) {
      const { name, slot, notificationTopic } = namesOf(load);
      if ((await api.config(name)) !== undefined) await forget(name, run.signal);
      await control.remove(name, run.signal);
      await kafka.deleteTopics([notificationTopic]);
      if (sourceUrl !== undefined) {
        if (await dropSlot(sourceUrl, slot)) run.say(`dropped replication slot ${slot}`);
      } else {
        run.say(
          `Should the database have a replication slot ${slot}, drop it: select pg_drop_replication_slot('${slot}')`,
        );
      }
    },
  };
}
