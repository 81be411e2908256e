import { AppError, isAppError } from '../../core/errors.ts';
import { decodeLine } from '../../core/segment/line-decoder.ts';
import { jsonFields } from '../json/json-fields.ts';
import type { ByteInput } from '../source/byte-input.ts';
import { decodeText } from '../text/decode-text.ts';
import type { ChangeEvent, EventBatch, EventInput, UnreadableEvent } from './change-event.ts';

/** A line may not be longer: it is held in memory. */
const LINE_CHARS_MAX = 256 * 1024 * 1024;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

type Found = ChangeEvent | UnreadableEvent | undefined;

/**
 * The events of a file that has one on each line, in any of three forms, line by line:
 * - a line of an archive: `{"timestamp","partition","offset","key","payload"}`, key and payload as texts
 * - a record without a place: `key`, and `payload` or `value`; texts, or JSON as it is
 * - the value of a message alone
 *
 * Lines without a place are of one partition; their numbers are their offsets.
 */
export function lineEvents(input: ByteInput): EventInput {
  async function* read(signal: AbortSignal): AsyncGenerator<EventBatch> {
    const latest = new Map<number, bigint>();
    let line = 0;
    for await (const lines of linesOf(input)) {
      signal.throwIfAborted();
      const events: ChangeEvent[] = [];
      const unreadable: UnreadableEvent[] = [];
      for (const text of lines) {
        const event = readLine(text, ++line);
        if (event === undefined) continue;
        if ('reason' in event) unreadable.push(event);
        else {
          checkOrder(latest, event, input.name, line);
          events.push(event);
        }
      }
      yield { source: input.name, events, unreadable, gaps: [] };
    }
  }
  return { name: input.name, read };
}

function readLine(text: string, line: number): Found {
  if (text.trim() === '') return undefined;
  const place = { partition: 0, offset: BigInt(line) };
  try {
    const fields = jsonFields(text);
    if (fields === undefined) return { ...place, reason: 'not an object' };
    if (fields.has('offset') && fields.has('key') && fields.has('payload')) return archiveLine(text);
    const value = fields.get('payload') ?? fields.get('value');
    const isRecord = fields.has('key') && value !== undefined && !fields.has('schema');
    if (!isRecord) return { ...place, timestampMs: 0n, key: null, value: text };
    return { ...place, timestampMs: 0n, key: messageText(fields.get('key')), value: messageText(value) };
  } catch (error) {
    if (isAppError(error, 'LOAD_MESSAGE_UNREADABLE') || error instanceof TypeError || error instanceof RangeError) {
      return { ...place, reason: error.message };
    }
    throw error;
  }
}

/** @throws RangeError, TypeError for what is no line of an archive, or not of text. */
function archiveLine(text: string): ChangeEvent {
  const { record, partition } = decodeLine(Buffer.from(text));
  const { offset, timestampMs, key, value } = record;
  return { partition: partition ?? 0, offset, timestampMs, key: decoded(key), value: decoded(value) };
}

function decoded(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : UTF8.decode(bytes);
}

/** A JSON string stands for its text, other JSON for itself. */
function messageText(json: string | undefined): string | null {
  if (json === undefined || json === 'null') return null;
  return json.startsWith('"') ? String(JSON.parse(json)) : json;
}

/** Which of two changes is the later one is told by their order: a file that is not in it would be folded wrongly. */
function checkOrder(latest: Map<number, bigint>, { partition, offset }: ChangeEvent, name: string, line: number): void {
  const before = latest.get(partition);
  if (before !== undefined && offset < before) {
    const place = `offset ${offset} of partition ${partition} follows ${before}`;
    throw new AppError('LOAD_INPUT_UNREADABLE', `${name} is not in order: on line ${line}, ${place}`, {
      subject: name,
      hint: 'Sort the lines by partition and offset; files of several topics must be folded apart.',
    });
  }
  latest.set(partition, offset);
}

async function* linesOf(input: ByteInput): AsyncGenerator<string[]> {
  let rest = '';
  for await (const text of decodeText(input.open(), 'utf-8', input.name)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_CHARS_MAX) {
      throw new AppError(
        'LOAD_INPUT_UNREADABLE',
        `a line of ${input.name} is longer than ${LINE_CHARS_MAX} characters`,
        {
          subject: input.name,
        },
      );
    }
    if (lines.length > 0) yield lines;
  }
  if (rest !== '') yield [rest];
}
