import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A proxy in front of an HTTP service through which a client goes that dies: what it has sent is carried out, and whatever it
 * would do afterwards is not. It learns of its death by 403, which no client tries again.
 */
export class MortalHttpClient implements AsyncDisposable {
  readonly #target: string;
  readonly #server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing));
  /** Requests other than GET until death; undefined: it lives on. */
  #left: number | undefined;
  /** The answer to its last request, which it did not live to see. */
  #answered = Promise.withResolvers<void>();

  /** @param target `http://host:port` */
  static async start(target: string): Promise<MortalHttpClient> {
    const client = new MortalHttpClient(target);
    await new Promise<void>((resolve) => client.#server.listen(0, '127.0.0.1', resolve));
    return client;
  }

  private constructor(target: string) {
    this.#target = target;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /**
   * Does something as a process that dies as soon as it has sent its first request that changes anything; then again, as one
   * that dies at its second; and so on, until one lives long enough. Gives what that one has got.
   */
  async again<T>(work: () => Promise<T>): Promise<T> {
    for (let requests = 1; ; requests++) {
      const done = await this.dyingAt(requests, work);
      if (done !== undefined) return done.value;
    }
  }

  /** Does something as a process that dies as soon as it has sent so many requests that change anything. Undefined: it died. */
  async dyingAt<T>(requests: number, work: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
    this.#left = requests;
    this.#answered = Promise.withResolvers();
    try {
      return { value: await work() };
    } catch (error) {
      if (!this.#isDead) throw error;
      return undefined;
    } finally {
      this.#left = undefined;
    }
  }

  /** Resolves when what it sent last before it died is carried out. */
  get carriedOut(): Promise<void> {
    return this.#answered.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #isDead(): boolean {
    return this.#left === 0;
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = '', url = '', headers } = incoming;
    if (this.#isDead) return die(outgoing);
    if (method !== 'GET' && this.#left !== undefined) this.#left--;
    const isLast = this.#isDead;
    const forwarded = request(`${this.#target}${url}`, { method, headers }, (answer) => {
      if (isLast) {
        answer.resume();
        this.#answered.resolve();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
    // Nobody waits for the answer.
    if (isLast) forwarded.on('finish', () => die(outgoing));
  }
}

function die(outgoing: ServerResponse): void {
  outgoing.writeHead(403).end();
}
