import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { API, Connection } from '@platformatic/kafka';
import { apiModule, Reader, ResponseError, Writer } from './protocol-library.ts';
import { assert } from '../assert.ts';
import { AppError } from '../errors.ts';
import { type ConnectionPhase, connectionError, connectTimeoutError, notKafkaError } from './connection-errors.ts';
import type { KafkaConnectionOptions } from './connection-options.ts';
import { gatherParts } from './gather-parts.ts';
import { translateError } from './kafka-errors.ts';
import { ResponseFrames, type ResponseMemory } from './response-frames.ts';
import { authenticate } from './sasl.ts';

/** Where a broker listens. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/** A range of versions of one of Kafka's APIs, both inclusive. */
export interface VersionRange {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

interface PendingRequest {
  readonly resolve: (frame: Buffer) => void;
  readonly reject: (error: AppError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Larger than any response that was asked for: a fetch is bounded by its request and by `max.message.bytes`. */
const FRAME_BYTES_MAX = 256 * 1024 * 1024;
/** Parts of a request that are shorter are put together; longer ones are written as they are. */
const GATHER_BYTES_MAX = 16 * 1024;
const CORRELATION_ID_BYTES = 4;
/** The first request on a connection; every broker since Kafka 2.4 speaks this version. */
const API_VERSIONS = (await apiModule<'apiVersionsV3'>('metadata/api-versions-v3')).api;
/** The part of a SASL session after which no new request is sent on it. */
const SESSION_USED_PART = 0.8;
const SOFTWARE_NAME = 'bss';
const SOFTWARE_VERSION = '0.1.0';

/**
 * One connection to one broker, greeted (ApiVersions) and authenticated. Requests are pipelined: the broker answers
 * them in order. The client library's codecs are used over it; its own connection is not, because it allocates and
 * collects 64 KiB per socket read and copies every request: at fetch speed that costs more than everything else.
 */
export class BrokerConnection {
  readonly address: string;
  readonly #options: KafkaConnectionOptions;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #frames: ResponseFrames;
  readonly #socket: Socket;
  #phase: ConnectionPhase = 'connecting';
  #correlationId = 0;
  #closedBy: AppError | undefined;
  #retired = false;
  #apiVersions: readonly VersionRange[] = [];
  /** By `performance.now()`: the broker closes the connection at the end of its SASL session. */
  #sessionEndMs = Number.POSITIVE_INFINITY;

  private constructor(address: BrokerAddress, options: KafkaConnectionOptions, memory: ResponseMemory) {
    this.#frames = new ResponseFrames(FRAME_BYTES_MAX, memory);
    this.address = `${address.host}:${address.port}`;
    this.#options = options;
    this.#socket = this.#openSocket(address);
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => this.#fail(connectionError(error, this.address, this.#phase, options)));
    this.#socket.on('close', () => this.#fail(connectionError(undefined, this.address, this.#phase, options)));
  }

  /**
   * Connects, greets and authenticates, all within the connect timeout, unless `givenUp` aborts.
   * @throws KAFKA_UNAVAILABLE, KAFKA_AUTHENTICATION_FAILED
   */
  static async open(
    address: BrokerAddress,
    options: KafkaConnectionOptions,
    memory: ResponseMemory,
    givenUp: AbortSignal,
  ): Promise<BrokerConnection> {
    const connection = new BrokerConnection(address, options, memory);
    const giveUp = (): void => connection.close();
    givenUp.addEventListener('abort', giveUp, { once: true });
    const timer = setTimeout(
      () => connection.#fail(connectTimeoutError(connection.address, options)),
      options.connectTimeoutMs,
    );
    try {
      await connection.#establish();
      return connection;
    } catch (error) {
      const failure = connection.#closedBy ?? translateError(error, 'Connecting to', connection.address);
      connection.#fail(failure);
      throw failure;
    } finally {
      clearTimeout(timer);
      givenUp.removeEventListener('abort', giveUp);
    }
  }

  /** The versions of the APIs that the broker speaks. */
  get apiVersions(): readonly VersionRange[] {
    return this.#apiVersions;
  }

  /** Requests that wait for their answer. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /** False once it broke, was closed, or nears the end of its SASL session: open another. */
  get usable(): boolean {
    return this.#closedBy === undefined && !this.#retired && performance.now() < this.#sessionEndMs;
  }

  /**
   * One request and its answer. An answer that carries error codes is given too: the caller looks at them.
   * @throws KAFKA_UNAVAILABLE when the connection breaks or the time is up (the connection is then closed, since
   * answers come in order), KAFKA_REQUEST_FAILED when the answer cannot be understood.
   */
  async exchange<A extends unknown[], R>(api: API<A, R>, args: A, timeoutMs: number): Promise<R> {
    const channel = { send: this.#sender(timeoutMs) };
    try {
      // All that the library's codecs do with a connection is to call its `send`.
      return await api.async(channel as unknown as Connection, ...args);
    } catch (error) {
      // Every codec parses the whole answer before it throws, and hangs it on the error.
      if (error instanceof ResponseError && error['response'] !== undefined) return error['response'] as R;
      throw translateError(error, `A request (API ${api.key}) to`, this.address);
    }
  }

  /** Takes no new requests, and closes when the last one is answered. */
  retire(): void {
    this.#retired = true;
    if (this.#pending.size === 0) this.close();
  }

  close(): void {
    this.#fail(
      new AppError('KAFKA_UNAVAILABLE', `The connection to ${this.address} was closed`, { subject: this.address }),
    );
  }

  #openSocket(address: BrokerAddress): Socket {
    const { tls } = this.#options;
    const onread = {
      buffer: () => this.#frames.target(),
      callback: (filled: number): boolean => {
        this.#received(filled);
        return true;
      },
    };
    // With `onread` the socket reads into memory that we give it; node:tls takes the option too and passes it on.
    const where: TcpNetConnectOpts = { host: address.host, port: address.port, onread };
    if (tls === undefined) return connectTcp(where);
    return connectTls({
      ...where,
      ca: tls.ca,
      cert: tls.certificate,
      key: tls.key,
      rejectUnauthorized: tls.rejectUnauthorized,
      ...(isIP(address.host) === 0 ? { servername: address.host } : {}),
    });
  }

  async #establish(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#socket.once(this.#options.tls === undefined ? 'connect' : 'secureConnect', resolve);
    this.#socket.once('close', () => reject(this.#closedBy));
    await promise;
    this.#phase = 'greeting';
    const timeoutMs = this.#options.connectTimeoutMs;
    const greeting = await this.exchange(API_VERSIONS, [SOFTWARE_NAME, SOFTWARE_VERSION], timeoutMs);
    this.#apiVersions = greeting.apiKeys;
    // A listener that wants SASL shows so only by hanging up on the first request after this: still the greeting.
    if (this.#options.sasl === undefined) return;
    this.#phase = 'authenticating';
    const channel = { send: this.#sender(timeoutMs) } as unknown as Connection;
    const lifetimeMs = await authenticate(channel, this.#options.sasl, this.address);
    if (lifetimeMs > 0) this.#sessionEndMs = performance.now() + lifetimeMs * SESSION_USED_PART;
    this.#phase = 'ready';
  }

  #sender(timeoutMs: number): Connection['send'] {
    return (apiKey, apiVersion, createPayload, parse, requestTags, responseTags, callback) => {
      const correlationId = (this.#correlationId = (this.#correlationId + 1) & 0x7fffffff);
      const payload = createPayload();
      assert(payload instanceof Writer, 'requests are written at once');
      const writer = Writer.create().appendInt16(apiKey).appendInt16(apiVersion).appendInt32(correlationId);
      writer.appendString(this.#options.clientId, false);
      if (requestTags) writer.appendTaggedFields();
      writer.appendFrom(payload).prependLength();
      this.#write(correlationId, writer.buffers, timeoutMs).then(
        (frame) => answer(frame, responseTags, (reader) => parse(correlationId, apiKey, apiVersion, reader), callback),
        (error: unknown) => callback(error as Error),
      );
    };
  }

  #write(correlationId: number, parts: readonly Buffer[], timeoutMs: number): Promise<Buffer> {
    if (this.#closedBy !== undefined) return Promise.reject(this.#closedBy);
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const timer = setTimeout(() => this.#fail(this.#requestTimeoutError(timeoutMs)), timeoutMs);
    this.#pending.set(correlationId, { resolve, reject, timer });
    this.#socket.cork();
    for (const part of gatherParts(parts, GATHER_BYTES_MAX)) this.#socket.write(part);
    this.#socket.uncork();
    return promise;
  }

  #received(filled: number): void {
    const { frames, nonsense } = this.#frames.accept(filled);
    if (nonsense !== undefined) return this.#fail(notKafkaError(nonsense, this.address));
    for (const frame of frames) {
      const correlationId = frame.readInt32BE(0);
      const request = this.#pending.get(correlationId);
      if (request === undefined) return this.#fail(notKafkaError(frame, this.address));
      this.#pending.delete(correlationId);
      clearTimeout(request.timer);
      if (this.#phase === 'greeting' && this.#apiVersions.length > 0) this.#phase = 'ready';
      request.resolve(frame);
    }
    if (this.#retired && this.#pending.size === 0) this.close();
  }

  /** The first reason counts; what comes after is its consequence. */
  #fail(reason: AppError): void {
    if (this.#closedBy !== undefined) return;
    this.#closedBy = reason;
    for (const request of this.#pending.values()) {
      clearTimeout(request.timer);
      request.reject(reason);
    }
    this.#pending.clear();
    this.#socket.destroy();
  }

  #requestTimeoutError(timeoutMs: number): AppError {
    return new AppError('KAFKA_UNAVAILABLE', `${this.address} did not answer a request within ${timeoutMs} ms`, {
      subject: this.address,
      hint: 'The broker is overloaded or stands still; the operation can be repeated.',
    });
  }
}

function answer(
  frame: Buffer,
  hasTags: boolean,
  parse: (reader: Reader) => unknown,
  callback: (error: Error | null, response?: never) => void,
): void {
  let response: unknown;
  try {
    const reader = Reader.from(frame).skip(CORRELATION_ID_BYTES);
    if (hasTags) reader.readTaggedFields();
    response = parse(reader);
  } catch (error) {
    return callback(error instanceof Error ? error : new Error(String(error)));
  }
  callback(null, response as never);
}
