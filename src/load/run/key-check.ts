import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from '../../core/assert.ts';

const BUCKET_COUNT = 256;
const BYTES_PER_KEY = 8;
/** Keys that look the same are looked at one by one; of more than these, the first ones. */
const SUSPECTS_MAX = 10_000;

/** A key's 64-bit hash: two halves. */
export interface KeyHash {
  readonly low: number;
  readonly high: number;
}

/**
 * Finds keys that occur more than once among any number of them, in bounded memory: 8 bytes a key. They are collected, and
 * when the memory is full sorted and appended to 256 temporary files by their first bits; in the end each file is sorted by
 * itself. Different keys may have one hash (of 100 million keys, once in 4,000 loads): what is found is a suspect, to be
 * compared by its text.
 */
export class KeyCheck {
  readonly #keysMax: number;
  #halves: Uint32Array<ArrayBuffer>;
  #count = 0;
  #folder: string | undefined;

  constructor(memoryBytes: number) {
    this.#keysMax = Math.floor(memoryBytes / BYTES_PER_KEY);
    assert(this.#keysMax >= 1, 'there is memory for keys');
    this.#halves = new Uint32Array(2 * Math.min(this.#keysMax, 65_536));
  }

  /** True when the memory is full: `spill` must be awaited before the next key. */
  get isFull(): boolean {
    return this.#count >= this.#keysMax;
  }

  add({ low, high }: KeyHash): void {
    if (this.#count * 2 >= this.#halves.length) {
      const larger = new Uint32Array(Math.min(this.#halves.length * 2, this.#keysMax * 2));
      larger.set(this.#halves);
      this.#halves = larger;
    }
    this.#halves[this.#count * 2] = low;
    this.#halves[this.#count * 2 + 1] = high;
    this.#count++;
  }

  /** Moves what is in memory to temporary files. */
  async spill(): Promise<void> {
    this.#folder ??= await mkdtemp(join(tmpdir(), 'bss-keys-'));
    const sorted = this.#sorted();
    for (let bucket = 0, start = 0; bucket < BUCKET_COUNT; bucket++) {
      let end = start;
      while (end < this.#count && bucketOf(sorted, end) === bucket) end++;
      if (end > start) {
        const bytes = new Uint8Array(sorted.buffer, start * BYTES_PER_KEY, (end - start) * BYTES_PER_KEY);
        await appendFile(this.#file(bucket), bytes);
      }
      start = end;
    }
    this.#count = 0;
  }

  /** Hashes that occur more than once, as `hashText` writes them. */
  async suspects(): Promise<Set<string>> {
    const found = new Set<string>();
    if (this.#folder === undefined) {
      collectTwice(this.#sorted(), this.#count, found);
      return found;
    }
    await this.spill();
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      const bytes = await readFile(this.#file(bucket)).catch(() => Buffer.alloc(0));
      const halves = new Uint32Array(bytes.length / 4);
      new Uint8Array(halves.buffer).set(bytes);
      new BigUint64Array(halves.buffer).sort();
      collectTwice(halves, bytes.length / BYTES_PER_KEY, found);
    }
    return found;
  }

  /** Removes the temporary files. */
  async close(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  #sorted(): Uint32Array<ArrayBuffer> {
    new BigUint64Array(this.#halves.buffer, 0, this.#count).sort();
    return this.#halves;
  }

  #file(bucket: number): string {
    assert(this.#folder !== undefined, 'there is a folder once something was spilled');
    return join(this.#folder, String(bucket));
  }
}

/** The hash of a key's bytes within a topic, which is told by a small number. */
export function hashKey(topic: number, bytes: Uint8Array, start = 0, end = bytes.length): KeyHash {
  let low = 0x9e3779b9 ^ topic;
  let high = 0x7f4a7c15 ^ topic;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    low = Math.imul(low ^ byte, 0x85ebca6b);
    low ^= low >>> 15;
    high = Math.imul(high ^ byte, 0xc2b2ae35);
    high ^= high >>> 13;
  }
  // Both halves depend on all of both, so that the first bits are as good as the last.
  low = Math.imul(low ^ (high >>> 16), 0x27d4eb2f);
  high = Math.imul(high ^ (low >>> 15), 0x165667b1);
  return { low: low >>> 0, high: (high ^ (high >>> 16)) >>> 0 };
}

/** A hash as text. */
export function hashText({ low, high }: KeyHash): string {
  return `${high.toString(16)}-${low.toString(16)}`;
}

/** Little-endian machines, which all are that Node runs on, have the high half second. */
function bucketOf(halves: Uint32Array, index: number): number {
  return (halves[index * 2 + 1] ?? 0) >>> 24;
}

function collectTwice(halves: Uint32Array, count: number, found: Set<string>): void {
  for (let i = 1; i < count && found.size < SUSPECTS_MAX; i++) {
    const [low, high] = [halves[i * 2] ?? 0, halves[i * 2 + 1] ?? 0];
    if (high === halves[i * 2 - 1] && low === halves[i * 2 - 2]) found.add(hashText({ low, high }));
  }
}
