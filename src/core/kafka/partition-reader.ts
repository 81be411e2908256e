import { AppError } from '../errors.ts';
import { asBuffer, readBatchHeader } from '../record/batch-header.ts';
import { readRecords, verifyBatch } from '../record/batch-records.ts';
import { CommittedFilter, isAbortMarker } from '../record/committed-filter.ts';
import type { KafkaRecord } from '../record/kafka-record.ts';
import { type Offset, partitionName, type TopicPartition } from '../record/topic-partition.ts';
import type { KafkaClient } from './kafka-client.ts';

const FETCH_BYTES = 1024 * 1024;

/**
 * Reads a partition from an offset (0 unless one is given) up to another, as a read_committed consumer sees it. Plain:
 * it shares no code with what the Storer and the Reloader are fast with.
 */
export class PartitionReader {
  readonly #kafka: KafkaClient;
  readonly #at: TopicPartition;
  readonly #end: Offset;
  #offset: Offset;
  #records: KafkaRecord[] = [];
  #taken = 0;

  constructor(kafka: KafkaClient, at: TopicPartition, end: Offset, start: Offset = 0n) {
    this.#kafka = kafka;
    this.#at = at;
    this.#end = end;
    this.#offset = start;
  }

  /** The next record, or undefined at the end. */
  async next(): Promise<KafkaRecord | undefined> {
    while (this.#taken === this.#records.length && this.#offset < this.#end) await this.#fetch();
    return this.#records[this.#taken++];
  }

  async #fetch(): Promise<void> {
    const before = this.#offset;
    const request = {
      ...this.#at,
      offset: before,
      bytesMax: FETCH_BYTES,
      waitMs: 500,
      isolation: 'read_committed',
    } as const;
    const { bytes, abortedTransactions } = await this.#kafka.fetch(request);
    const [buffer, name] = [asBuffer(bytes), partitionName(this.#at)];
    const filter = new CommittedFilter(abortedTransactions);
    this.#records = [];
    this.#taken = 0;
    for (let position = 0; ;) {
      const header = readBatchHeader(buffer, position, name);
      if (header === undefined) break;
      verifyBatch(buffer, header, name);
      const aborted = filter.aborts(header, () => isAbortMarker(bytes, header));
      if (!aborted && !header.control)
        this.#records.push(...readRecords(buffer, header, name).filter(({ offset }) => offset >= before));
      position += header.sizeBytes;
      this.#offset = header.lastOffset + 1n;
    }
    if (this.#offset === before) {
      throw new AppError('KAFKA_UNAVAILABLE', `${name} gives nothing at ${before}, before its end ${this.#end}`, {
        subject: name,
      });
    }
  }
}
