import { indexKey, type PartitionLocation } from '../core/archive/archive-layout.ts';
import { listIndex, NARROW_LEVEL, readIndexRun, WIDE_LEVEL } from '../core/archive/index-reader.ts';
import type { IndexRun } from '../core/archive/index-run.ts';
import type { Bucket, ObjectKey } from '../core/bucket/bucket.ts';
import type { SegmentMetadata } from '../core/segment/segment-metadata.ts';
import { differingFields } from './same-metadata.ts';
import type { Finding } from './verify-finding.ts';

/** A segment that is in the bucket; without metadata nothing but name and size can be compared. */
export interface FoundSegment {
  readonly key: ObjectKey;
  readonly sizeBytes: number;
  readonly metadata: SegmentMetadata | undefined;
}

/** Compares what a partition's index lists with what the bucket holds, both in the order of keys. */
export class IndexComparison {
  readonly #levels: readonly LevelComparison[];

  constructor(bucket: Bucket, location: PartitionLocation) {
    this.#levels = [NARROW_LEVEL, WIDE_LEVEL].map((level) => new LevelComparison(bucket, location, level));
  }

  /** The next segment of the bucket; undefined when there are no more. */
  async take(segment: FoundSegment | undefined): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const level of this.#levels) findings.push(...(await level.take(segment)));
    // Both levels list the segments that are gone.
    const isFirst = ({ name, key }: Finding, at: number): boolean =>
      findings.findIndex((other) => other.name === name && other.key === key) === at;
    return findings.filter((finding, at) => finding.name !== 'segment-missing' || isFirst(finding, at));
  }
}

interface KeyedRun {
  readonly indexKey: ObjectKey;
  readonly run: IndexRun;
}

class LevelComparison {
  readonly #runs: AsyncGenerator<KeyedRun | Finding>;
  #current: KeyedRun | undefined;
  /** Of the next entry of the current run. */
  #index = 0;
  /** The last segment that was taken. */
  #lastKey = '';

  constructor(bucket: Bucket, location: PartitionLocation, level: number) {
    this.#runs = runsOf(bucket, location, level);
  }

  async take(segment: FoundSegment | undefined): Promise<Finding[]> {
    const findings: Finding[] = [];
    while (await this.#hasEntry(findings)) {
      const { run, indexKey: by } = this.#current ?? {};
      const entry = run?.segments[this.#index];
      if (run === undefined || entry === undefined || by === undefined) break;
      if (segment === undefined || entry.key < segment.key) {
        findings.push({
          name: 'segment-missing',
          key: entry.key,
          detail: `${by} lists it, and it is not in the bucket`,
        });
        this.#index++;
        continue;
      }
      if (entry.key === segment.key) {
        if (!isSame(entry, segment)) findings.push(stale(by, `it says something else of ${segment.key}`));
        this.#index++;
      } else if (segment.key > run.after) {
        findings.push(stale(by, `it does not list ${segment.key}`));
      }
      break;
    }
    this.#lastKey = segment?.key ?? this.#lastKey;
    return findings;
  }

  /** Goes on to the next run that can be read, if need be; entries that an earlier run had too are passed over. */
  async #hasEntry(findings: Finding[]): Promise<boolean> {
    while (this.#current === undefined || this.#index >= this.#current.run.segments.length) {
      const next = await this.#runs.next();
      if (next.done === true) return false;
      if ('name' in next.value) {
        findings.push(next.value);
        continue;
      }
      this.#current = next.value;
      const first = next.value.run.segments.findIndex(({ key }) => key > this.#lastKey);
      this.#index = first === -1 ? next.value.run.segments.length : first;
    }
    return true;
  }
}

async function* runsOf(bucket: Bucket, location: PartitionLocation, level: number): AsyncGenerator<KeyedRun | Finding> {
  for (const at of await listIndex(bucket, location, level)) {
    const key = indexKey(location, level, at.start);
    const run = await readIndexRun(bucket, at);
    if (run === 'damaged') yield { name: 'index-damaged', key, detail: 'it cannot be read' };
    if (typeof run !== 'string') yield { indexKey: key, run };
  }
}

function stale(key: ObjectKey, detail: string): Finding {
  return { name: 'index-stale', key, detail };
}

function isSame(entry: FoundSegment, segment: FoundSegment): boolean {
  if (entry.sizeBytes !== segment.sizeBytes) return false;
  if (entry.metadata === undefined || segment.metadata === undefined) return true;
  return differingFields(entry.metadata, segment.metadata).length === 0;
}
