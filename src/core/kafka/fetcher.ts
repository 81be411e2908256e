import { AppError, isAppError } from '../errors.ts';
import { partitionName } from '../record/topic-partition.ts';
import { API } from './api-versions.ts';
import { FETCH_LANES } from './broker-connections.ts';
import type { Cluster, LeaderOf } from './cluster.ts';
import type { FetchedBatches, FetchRequest } from './kafka-client.ts';
import { KAFKA, isStaleMetadata, kafkaError, movedError } from './kafka-errors.ts';
import type { OffsetReader } from './offset-reader.ts';

/** Fetches raw batches from partition leaders. Any number of fetches may run at once. */
export class Fetcher {
  readonly #cluster: Cluster;
  readonly #offsets: OffsetReader;
  readonly #inFlight = new Map<string, number>(FETCH_LANES.map((lane) => [lane, 0]));

  constructor(cluster: Cluster, offsets: OffsetReader) {
    this.#cluster = cluster;
    this.#offsets = offsets;
  }

  /** See `KafkaClient.fetch`. */
  async fetch(request: FetchRequest): Promise<FetchedBatches> {
    try {
      return await this.#cluster.withLeader(request, (leader) => this.#fetchFrom(leader, request));
    } catch (error) {
      if (isAppError(error, 'KAFKA_OFFSET_OUT_OF_RANGE')) throw await this.#withRange(error, request);
      throw error;
    }
  }

  async #fetchFrom(leader: LeaderOf, request: FetchRequest): Promise<FetchedBatches> {
    const { topicId } =
      request.topicId === undefined ? leader : await this.#checkedTopic(leader, request.topicId, request.topic);
    const { partition, offset, bytesMax, waitMs, isolation } = request;
    const { epoch: leaderEpoch } = leader;
    const raw = {
      topicId,
      partition,
      leaderEpoch,
      offset,
      bytesMax,
      waitMs,
      isReadCommitted: isolation === 'read_committed',
    };
    const response = await this.#onQuietestLane((lane) =>
      this.#cluster.sendTo(lane, leader.nodeId, API.fetch, [raw], waitMs),
    );
    if (response.errorCode !== KAFKA.NONE) this.#cluster.recycle(response.records.buffer);
    if (isStaleMetadata(response.errorCode))
      throw movedError(response.errorCode, 'Fetching from', partitionName(request));
    if (response.errorCode !== KAFKA.NONE) {
      throw kafkaError(response.errorCode, `Fetching offset ${offset} from`, partitionName(request));
    }
    const { records, highWatermark, lastStableOffset, logStartOffset, abortedTransactions } = response;
    const bytes = request.lent === true ? records : this.#copy(records);
    return { bytes, highWatermark, lastStableOffset, logStartOffset, abortedTransactions };
  }

  #copy(lent: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(lent);
    this.#cluster.recycle(lent.buffer);
    return bytes;
  }

  /** A cached id may be as old as the one asked for is new: only a fresh one can prove that the topic is another. */
  async #checkedTopic(leader: LeaderOf, topicId: string, topic: string): Promise<{ readonly topicId: string }> {
    if (leader.topicId === topicId) return leader;
    this.#cluster.forgetTopic(topic);
    const { id } = await this.#cluster.topic(topic);
    if (id === topicId) throw movedError(KAFKA.INCONSISTENT_TOPIC_ID, 'Fetching from', topic);
    throw new AppError(
      'KAFKA_TOPIC_MISSING',
      `Topic ${topic} was deleted and created again: its id is ${id}, not ${topicId}`,
      {
        subject: topic,
        hint: 'Offsets of the old topic mean nothing in the new one; treat it as another topic.',
      },
    );
  }

  async #onQuietestLane<T>(exchange: (lane: string) => Promise<T>): Promise<T> {
    let lane: string = FETCH_LANES[0];
    for (const other of FETCH_LANES) if (this.#load(other) < this.#load(lane)) lane = other;
    this.#inFlight.set(lane, this.#load(lane) + 1);
    try {
      return await exchange(lane);
    } finally {
      this.#inFlight.set(lane, this.#load(lane) - 1);
    }
  }

  #load(lane: string): number {
    return this.#inFlight.get(lane) ?? 0;
  }

  async #withRange(refusal: AppError, request: FetchRequest): Promise<AppError> {
    const earliest = await this.#offsets.listOffsets([request], 'earliest');
    const latest = await this.#offsets.listOffsets([request], 'latest');
    const name = partitionName(request);
    const range = `The log holds offsets ${earliest.get(name)} up to, not including, ${latest.get(name)}.`;
    return new AppError(refusal.code, refusal.message, {
      subject: name,
      hint: `${range} ${refusal.hint ?? ''}`.trimEnd(),
      cause: refusal,
    });
  }
}
