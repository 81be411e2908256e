import type { KafkaRecord } from '../record/kafka-record.ts';
import type { SegmentSource } from './batch-decoder.ts';
import { FrameReader } from './frame-reader.ts';
import type { FrameLines } from './frame-reader.ts';
import { decodeLine } from './line-decoder.ts';
import { reasonOf, segmentCorrupt } from './segment-corrupt.ts';
import { SegmentTotals } from './segment-totals.ts';

const LINE_FEED = 10;

/**
 * The records of a segment as they were, one by one: plain and slow, for tools and tests. What `BatchDecoder` checks is
 * checked here too.
 * @throws SEGMENT_CORRUPT naming the object and the byte position.
 */
export async function* segmentRecords(
  source: SegmentSource,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<KafkaRecord> {
  const { objectKey, compression, position, whole, metadata, range, timestamps } = source;
  const frames = new FrameReader({ objectKey, compression, position, whole, strictEnd: metadata !== undefined });
  const totals = new SegmentTotals();
  let recordCount = 0;
  let previous = -1n;
  let at = position;
  for await (const frame of framesOf(frames, chunks)) {
    totals.add(frame.lines);
    at = frame.position;
    for (const record of recordsOf(source, frame)) {
      if (record.offset <= previous) throw segmentCorrupt(objectKey, at, `offset ${record.offset} follows ${previous}`);
      previous = record.offset;
      recordCount++;
      const { offset, timestampMs } = record;
      const timely = timestamps === undefined || (timestampMs >= timestamps.fromMs && timestampMs < timestamps.untilMs);
      if (timely && offset >= range.start && offset < range.end) yield record;
    }
  }
  if (whole && metadata !== undefined) totals.check(metadata, recordCount, objectKey, at);
}

async function* framesOf(
  frames: FrameReader,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<FrameLines> {
  for await (const chunk of chunks) {
    frames.push(chunk);
    yield* ready(frames);
  }
  frames.end();
  yield* ready(frames);
}

function* ready(frames: FrameReader): Generator<FrameLines> {
  for (let next = frames.next(); next !== 'input' && next !== 'end'; next = frames.next()) yield next;
}

function* recordsOf({ objectKey, compression }: SegmentSource, frame: FrameLines): Generator<KafkaRecord> {
  const { lines } = frame;
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(LINE_FEED, start) + 1;
    let record: KafkaRecord;
    try {
      ({ record } = decodeLine(lines.subarray(start, end)));
    } catch (error) {
      const position = frame.position + (compression === 'none' ? start : 0);
      throw segmentCorrupt(objectKey, position, `not a line of a segment: ${reasonOf(error)}`, error);
    }
    yield record;
    start = end;
  }
}
