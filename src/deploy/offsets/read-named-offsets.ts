import { AppError } from '../../core/errors.ts';
import type { Offset } from '../../core/record/topic-partition.ts';
import type { NamedOffset } from './offset-target.ts';

/** What the offsets that a snapshot recorded are, and of which group they were. */
export interface SnapshotOffsets {
  readonly group: string;
  readonly offsets: readonly NamedOffset[];
}

/** `orders-0=5`, as a flag has it. Gives undefined when it is not of that form. */
export function parseNamedOffset(text: string): NamedOffset | undefined {
  const [, topic, partition, offset] = /^(.+)-(\d{1,9})=(\d{1,19})$/.exec(text) ?? [];
  if (topic === undefined || partition === undefined || offset === undefined) return undefined;
  return named(topic, Number(partition), offset);
}

/**
 * Offsets out of a file: JSON (`[{"topic", "partition", "offset"}]`, or an object with such a list in `partitions`), or lines
 * `topic,partition,offset` as `kafka-consumer-groups --export` writes them.
 * @throws OFFSETS_TARGET_INVALID naming the place
 */
export function readNamedOffsets(text: string, subject: string): NamedOffset[] {
  const offsets = /^\s*[[{]/.test(text) ? offsetsOf(parseJson(text, subject), subject) : readLines(text, subject);
  if (offsets.length === 0) throw invalid(subject, 'it names no offset');
  return offsets;
}

/**
 * The offsets in a snapshot's manifest: `"offsets": {"group", "partitions": [{"topic", "partition", "offset"}]}`.
 * @throws OFFSETS_TARGET_INVALID naming the place
 */
export function readSnapshotOffsets(text: string, subject: string): SnapshotOffsets {
  const manifest = parseJson(text, subject);
  const recorded = isObject(manifest) ? manifest['offsets'] : undefined;
  if (!isObject(recorded) || typeof recorded['group'] !== 'string') {
    throw invalid(subject, 'it has no "offsets" with "group" and "partitions": it is not the manifest of a snapshot');
  }
  const offsets = offsetsOf(recorded, subject);
  if (offsets.length === 0) throw invalid(subject, 'the snapshot recorded no offset');
  return { group: recorded['group'], offsets };
}

function offsetsOf(value: unknown, subject: string): NamedOffset[] {
  const list = Array.isArray(value) ? (value as unknown[]) : isObject(value) ? value['partitions'] : undefined;
  if (!Array.isArray(list)) throw invalid(subject, 'it must be a list of {topic, partition, offset}');
  return list.map((item: unknown, index) => {
    const { topic, partition, offset } = isObject(item) ? item : {};
    const found =
      typeof topic === 'string' && topic !== '' && Number.isInteger(partition) && Number(partition) >= 0
        ? named(topic, Number(partition), digitsOf(offset))
        : undefined;
    if (found === undefined) throw invalid(subject, `entry ${index + 1} must have topic, partition and offset`);
    return found;
  });
}

/** A number of a JSON file is taken as long as it is exact. */
function digitsOf(offset: unknown): string {
  if (typeof offset === 'number' && Number.isSafeInteger(offset)) return String(offset);
  return typeof offset === 'string' ? offset : '';
}

function readLines(text: string, subject: string): NamedOffset[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '') return [];
    const [, topic, partition, offset] = /^\s*"?([^",]+)"?\s*,\s*(\d{1,9})\s*,\s*(\d{1,19})\s*$/.exec(line) ?? [];
    const found =
      topic === undefined || partition === undefined || offset === undefined
        ? undefined
        : named(topic, Number(partition), offset);
    if (found === undefined) throw invalid(subject, `line ${index + 1} must be topic,partition,offset`);
    return [found];
  });
}

const OFFSET_MAX: Offset = 2n ** 63n - 1n;

function named(topic: string, partition: number, digits: string): NamedOffset | undefined {
  if (!/^\d{1,19}$/.test(digits) || BigInt(digits) > OFFSET_MAX) return undefined;
  return { topic, partition, offset: BigInt(digits) };
}

function parseJson(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(subject, `it is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(subject: string, reason: string): AppError {
  return new AppError('OFFSETS_TARGET_INVALID', `Reading the offsets of ${subject}: ${reason}`, {
    subject,
    hint: 'docs/offsets.md shows every form.',
  });
}
