import { type Collection, MongoClient } from 'mongodb';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { PartitionReader } from '../../src/core/kafka/partition-reader.ts';
import { systemClock } from '../../src/core/runtime/clock.ts';
import { SeededRandom } from '../../src/demo/seeded-random.ts';
import { readPositions } from '../../src/deploy/procedure/positions.ts';
import { changeTopic, type RowChange } from './change-topic.ts';

const CHANGES = 8;
const PAUSE_MS = 10;

interface AccountDocument {
  readonly account: number;
  readonly balance: string;
  readonly __STATE__: 'PUBLIC' | 'DELETED';
  readonly updatedAt: Date;
}

/** Where the bank is. */
export interface BankOptions {
  readonly kafka: KafkaClient;
  /** Of one partition. */
  readonly topic: string;
  readonly mongoUrl: string;
  readonly database: string;
  /** Of the updater. */
  readonly group: string;
  readonly accounts: number;
}

/**
 * A bank whose topic says what changes, and an updater that keeps a collection of accounts up to date from it, as Fast
 * Data does: whatever it has written, it commits afterwards. Accounts that are closed stay there, as `DELETED`.
 */
export class ProjectedBank {
  readonly #options: BankOptions;
  readonly #client: MongoClient;
  readonly #random = new SeededRandom(5);
  /** When each change was written into the collection. */
  readonly updatedAtMs: number[] = [];
  #stopped = false;
  #running: Promise<unknown> = Promise.resolve();

  private constructor(options: BankOptions, client: MongoClient) {
    this.#options = options;
    this.#client = client;
  }

  /** Opens it with all its accounts, those of a topic that has forgotten how they came about. */
  static async open(options: BankOptions): Promise<ProjectedBank> {
    const bank = new ProjectedBank(options, await new MongoClient(options.mongoUrl).connect());
    const documents = Array.from({ length: options.accounts }, (_, account) => document(account, account * 10));
    await bank.#accounts.insertMany(documents);
    await bank.#change();
    await bank.#update();
    return bank;
  }

  /** Money moves, and the updater follows, until `stop`. */
  start(): void {
    const change = async (): Promise<void> => {
      while (!this.#stopped) await this.#change();
    };
    const update = async (): Promise<void> => {
      while (!this.#stopped) {
        await this.#update();
        await systemClock.sleep(PAUSE_MS);
      }
    };
    this.#running = Promise.all([change(), update()]);
    // Told by `stop`.
    this.#running.catch(() => undefined);
  }

  /** Nothing changes any more, and the collection has all of it. @throws what went wrong while it ran. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    await this.#update();
  }

  async close(): Promise<void> {
    this.#stopped = true;
    await this.#running.catch(() => undefined);
    await this.#client.close();
  }

  /** Open accounts and what is on them, as the collection says. */
  async balances(): Promise<Map<number, number>> {
    const found = await this.#accounts.find({ __STATE__: 'PUBLIC' }).toArray();
    return new Map(found.map(({ account, balance }) => [account, Number(balance)]));
  }

  /** Documents of the collection, those of closed accounts too. */
  async documents(): Promise<readonly unknown[]> {
    return await this.#accounts.find().toArray();
  }

  get #accounts(): Collection<AccountDocument> {
    return this.#client.db(this.#options.database).collection('accounts');
  }

  async #change(): Promise<void> {
    const { kafka, topic, accounts } = this.#options;
    const changes = Array.from({ length: CHANGES }, (): RowChange => {
      const [account, balance] = [this.#random.below(accounts + accounts / 10), this.#random.below(1_000_000)];
      const row = this.#random.below(5) === 0 ? null : { ACCOUNT: account, BALANCE: balance };
      return { key: { ACCOUNT: account }, row };
    });
    await changeTopic(kafka, topic, changes);
  }

  /** Reads on from where it has committed. */
  async #update(): Promise<void> {
    const { kafka, topic, group } = this.#options;
    const at = { topic, partition: 0 };
    const [committed] = (await kafka.committedOffsets(group, [at])).values();
    const ends = await readPositions(kafka, [topic], 'stable');
    const reader = new PartitionReader(kafka, at, ends[0]?.offset ?? 0n, committed?.offset ?? 0n);
    for (let record = await reader.next(); record !== undefined; record = await reader.next()) {
      const { ACCOUNT: account } = JSON.parse(String(record.key)) as { readonly ACCOUNT: number };
      const { after } = JSON.parse(String(record.value)) as { readonly after: { readonly BALANCE: number } | null };
      const state = after === null ? { __STATE__: 'DELETED' as const } : document(account, after.BALANCE);
      await this.#accounts.updateOne({ account }, { $set: state }, { upsert: after !== null });
      this.updatedAtMs.push(Date.now());
    }
    await kafka.alterGroupOffsets(
      group,
      ends.map((end) => ({ ...end, metadata: '' })),
    );
  }
}

function document(account: number, balance: number): AccountDocument {
  return { account, balance: String(balance), __STATE__: 'PUBLIC', updatedAt: new Date() };
}
