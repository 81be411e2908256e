import pg from 'pg';

import { systemClock } from '../../core/runtime/clock.ts';
import { INSERT_ORDER } from './shop-tables.ts';

/** What a writer has done; transactions that it took back do not count. */
export interface Written {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly transactions: number;
}

/**
 * Changes the shop's tables all the time: each transaction inserts an order and updates another, every second one deletes
 * one, and now and then a primary key changes, a customer is changed, or the whole is rolled back. It uses a connection of
 * its own.
 */
export class ShopWriter {
  readonly #url: string;
  readonly #intervalMs: number;
  readonly #counts = { inserted: 0, updated: 0, deleted: 0, transactions: 0 };
  #running: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  #failure: unknown;

  constructor(url: string, transactionsPerSecond: number) {
    this.#url = url;
    this.#intervalMs = 1_000 / transactionsPerSecond;
  }

  get written(): Written {
    return { ...this.#counts };
  }

  /** Begins, or goes on; does nothing while it runs. */
  start(): void {
    if (this.#running !== undefined) return;
    const stop = new AbortController();
    const done = this.#run(stop.signal).catch((error: unknown) => {
      this.#failure = error;
    });
    this.#running = { stop, done };
  }

  /** Ends after the transaction under way. @throws what went wrong while it ran. */
  async stop(): Promise<void> {
    this.#running?.stop.abort();
    await this.#running?.done;
    this.#running = undefined;
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url });
    await client.connect();
    try {
      while (!signal.aborted) {
        await this.#transaction(client);
        await systemClock.sleep(this.#intervalMs, signal).catch(() => undefined);
      }
    } finally {
      await client.end();
    }
  }

  async #transaction(client: pg.Client): Promise<void> {
    const counts = this.#counts;
    const n = counts.transactions + 1;
    await client.query('begin');
    await client.query(INSERT_ORDER, [1_000_000 + n]);
    const anyOrder = 'select min(id) + floor(random() * (max(id) - min(id) + 1))::bigint from orders';
    const updated = await client.query(
      `update orders set amount = amount + 1, paid = not paid, note = $1 where id = (${anyOrder})`,
      [`changed ${n}`],
    );
    const deleted = n % 2 === 0 ? await client.query(`delete from orders where id = (${anyOrder})`) : undefined;
    if (n % 7 === 0) {
      // The key gets a value that nothing else can have.
      await client.query(`update orders set id = nextval('orders_id_seq') where id = (${anyOrder})`);
    }
    if (n % 5 === 0) {
      const anyCustomer = 'select 1 + floor(random() * max(id))::bigint from customers';
      await client.query(`update customers set city = $1 where id = (${anyCustomer})`, [`Moved ${n}`]);
    }
    counts.transactions++;
    if (n % 11 === 0) {
      await client.query('rollback');
      return;
    }
    await client.query('commit');
    counts.inserted++;
    counts.updated += updated.rowCount ?? 0;
    counts.deleted += deleted?.rowCount ?? 0;
  }
}
