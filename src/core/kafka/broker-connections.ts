import { AppError } from '../errors.ts';
import { type BrokerAddress, BrokerConnection } from './broker-connection.ts';
import type { KafkaConnectionOptions } from './connection-options.ts';
import { RecycledMemory } from '../runtime/recycled-memory.ts';
import { assertVersions } from './api-versions.ts';
import type { ResponseMemory } from './response-frames.ts';

/** Two per broker: while the broker sends on the one it reads its log for the other. */
export const FETCH_LANES = ['fetch-1', 'fetch-2'] as const;

/** Of responses that are left to the garbage collector. */
const OWN_MEMORY: ResponseMemory = { take: (bytes) => new ArrayBuffer(bytes) };

/** Ends a lane's name within a key: no transactional id or host has one. */
const LANE_END = '\n';

/**
 * The connections of a client, opened when they are needed. A broker answers the requests of one connection one after
 * the other, so whatever must not wait for another goes on a lane of its own: one connection per lane and broker.
 * A fetch that waits for records never holds up a heartbeat, and a rebalance never holds up a transaction.
 */
export class BrokerConnections {
  readonly #options: KafkaConnectionOptions;
  /** Of large responses on the lanes for fetching; see `KafkaClient.recycle`. */
  readonly memory = new RecycledMemory();
  readonly #open = new Map<string, Promise<BrokerConnection>>();
  /** By key: ends the opening of a connection that nobody wants any more. */
  readonly #givenUp = new Map<string, AbortController>();
  #closed = false;

  constructor(options: KafkaConnectionOptions) {
    this.#options = options;
  }

  /** The lane's connection to that broker. @throws KAFKA_UNAVAILABLE, KAFKA_AUTHENTICATION_FAILED, KAFKA_REQUEST_FAILED */
  async get(lane: string, address: BrokerAddress): Promise<BrokerConnection> {
    const key = `${lane}${LANE_END}${address.host}:${address.port}`;
    for (;;) {
      if (this.#closed) throw new AppError('KAFKA_REQUEST_FAILED', 'The Kafka client is closed');
      const known = this.#open.get(key) ?? this.#opening(key, lane, address);
      const connection = await known;
      if (connection.usable) return connection;
      if (this.#open.get(key) === known) this.#open.delete(key);
      connection.retire();
    }
  }

  #opening(key: string, lane: string, address: BrokerAddress): Promise<BrokerConnection> {
    const isFetching = FETCH_LANES.some((name) => name === lane);
    const givenUp = new AbortController();
    const opening = this.#connect(address, isFetching ? this.memory : OWN_MEMORY, givenUp.signal);
    this.#open.set(key, opening);
    this.#givenUp.set(key, givenUp);
    opening
      .catch(() => {
        if (this.#open.get(key) === opening) this.#open.delete(key);
      })
      .finally(() => {
        if (this.#givenUp.get(key) === givenUp) this.#givenUp.delete(key);
      });
    return opening;
  }

  /** Closes the lane's connections; requests on it that wait for their answer fail. It may be used again. */
  async closeLane(lane: string): Promise<void> {
    await this.#closeWhere((key) => key.startsWith(`${lane}${LANE_END}`));
  }

  /** Closes everything; requests that wait for their answer fail. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#closeWhere(() => true);
  }

  async #closeWhere(matches: (key: string) => boolean): Promise<void> {
    const chosen = [...this.#open].filter(([key]) => matches(key));
    for (const [key] of chosen) {
      this.#open.delete(key);
      this.#givenUp.get(key)?.abort();
    }
    for (const outcome of await Promise.allSettled(chosen.map(([, connection]) => connection))) {
      if (outcome.status === 'fulfilled') outcome.value.close();
    }
  }

  async #connect(address: BrokerAddress, memory: ResponseMemory, givenUp: AbortSignal): Promise<BrokerConnection> {
    const connection = await BrokerConnection.open(address, this.#options, memory, givenUp);
    try {
      assertVersions(connection.apiVersions, connection.address);
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }
}
