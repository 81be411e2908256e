import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { must } from '../src/core/assert.ts';
import { AppError } from '../src/core/errors.ts';
import type { KafkaClient } from '../src/core/kafka/kafka-client.ts';
import type { KafkaDistribution } from '../src/demo/services/kafka-distribution.ts';
import { countRecords } from './count-records.ts';
import { fillTopic, PARTITIONS } from './fill-topic.ts';
import { consumerPerformance, producerPerformance, type ToolTarget } from './kafka-tools.ts';
import type { Contest, OurRun } from './paired-runs.ts';
import { runReloader } from './reloader-bench.ts';
import type { BenchRow } from './rows.ts';
import { runStorer } from './storer-bench.ts';
import { makeValues } from './values.ts';

export interface BenchRunParts {
  readonly kafka: KafkaClient;
  readonly bootstrap: string;
  readonly distribution: KafkaDistribution;
  /** Archives and payload files go there. */
  readonly folder: string;
}

/** Distinct values for `ProducerPerformance`, which picks one at random for each record: few, so that its cache holds them. */
const PAYLOAD_VALUES = 10_000;

/** The contests of one benchmark, on one broker. What they need is made when first wanted and used by all. */
export class BenchRun {
  readonly #parts: BenchRunParts;
  /** Names of filled topics by size and number of records. */
  readonly #topics = new Map<string, string>();
  #count = 0;

  constructor(parts: BenchRunParts) {
    this.#parts = parts;
  }

  /** Prepares a row's contest: fills the topic; for a reloader also makes the archive. */
  async contest(row: BenchRow): Promise<Contest> {
    const topic = await this.#filledTopic(row);
    return row.service === 'storer' ? this.#storerContest(row, topic) : this.#reloaderContest(row, topic);
  }

  #storerContest({ id, records, compression }: BenchRow, topic: string): Contest {
    return {
      id,
      ours: async () => {
        const folder = await this.#newFolder();
        try {
          return await runStorer({ ...this.#parts, topic, records, compression, folder });
        } finally {
          await rm(folder, { recursive: true });
        }
      },
      reference: () => consumerPerformance(this.#tool(topic, records)),
    };
  }

  async #reloaderContest({ id, size, records, compression }: BenchRow, topic: string): Promise<Contest> {
    const archive = await this.#newFolder();
    await runStorer({ ...this.#parts, topic, records, compression, folder: archive });
    const payloadPath = join(archive, 'payloads');
    await writeFile(
      payloadPath,
      Buffer.concat(makeValues(size, PAYLOAD_VALUES, 1).flatMap((value) => [value, Buffer.from('\n')])),
    );
    const parts = { ...this.#parts, folder: archive, archivedTopic: topic, records };
    return {
      id,
      ours: () => this.#intoNewTopic(records, (target): Promise<OurRun> => runReloader({ ...parts, target })),
      reference: () =>
        this.#intoNewTopic(records, (target) => producerPerformance(this.#tool(target, records), payloadPath)),
    };
  }

  /** Both write into a topic of their own, which must then hold all the records; it is removed again. */
  async #intoNewTopic<T>(records: number, write: (target: string) => Promise<T>): Promise<T> {
    const { kafka } = this.#parts;
    const target = `bench-target-${++this.#count}`;
    await kafka.createTopics([{ name: target, partitionCount: PARTITIONS, replicationFactor: 1 }]);
    const result = await write(target);
    const count = await countRecords(kafka, target);
    if (count !== records)
      throw new AppError('SETUP_FAILED', `${target} has ${count} records, not ${records}`, { subject: target });
    await kafka.deleteTopics([target]);
    return result;
  }

  async #filledTopic({ size, records }: BenchRow): Promise<string> {
    const key = `${size}-${records}`;
    if (!this.#topics.has(key)) {
      const topic = `bench-${key}`;
      await fillTopic(this.#parts.kafka, topic, size, records);
      this.#topics.set(key, topic);
    }
    return must(this.#topics.get(key), 'the topic was just filled');
  }

  async #newFolder(): Promise<string> {
    const folder = join(this.#parts.folder, `run-${++this.#count}`);
    await mkdir(folder);
    return folder;
  }

  #tool(topic: string, records: number): ToolTarget {
    const { distribution, bootstrap } = this.#parts;
    return { distribution, bootstrap, topic, records };
  }
}
