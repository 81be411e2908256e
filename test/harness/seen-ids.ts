import assert from 'node:assert/strict';

/** Counts how often each of the ids `from` to `to` was found, as the key `{"id":…}` of a message. */
export class SeenIds {
  readonly #from: number;
  readonly #to: number;
  readonly #counts: Uint8Array;

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
    this.#counts = new Uint8Array(to + 1);
  }

  /** Gives the id. */
  add(key: string): number {
    const id = Number(/^\{"id":(\d+)\}$/.exec(key)?.[1]);
    assert.ok(id >= this.#from && id <= this.#to, `a key of the dump, not ${key}`);
    this.#counts[id] = (this.#counts[id] ?? 0) + 1;
    return id;
  }

  assertEachOnce(): void {
    const wrong = this.#counts.findIndex((count, id) => id >= this.#from && count !== 1);
    assert.equal(wrong, -1, `row ${wrong} is there ${this.#counts[wrong]} times`);
  }
}
