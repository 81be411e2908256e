import { type CatalogPartition, type CatalogQuery, listPartitions, selectLinks } from '../../core/archive/catalog.ts';
import { mapAhead } from '../../core/archive/map-ahead.ts';
import type { ChainLink } from '../../core/archive/partition-chain.ts';
import type { Bucket } from '../../core/bucket/bucket.ts';
import type { KafkaRecord } from '../../core/record/kafka-record.ts';
import { segmentRecords } from '../../core/segment/segment-records.ts';
import type { ChangeEvent, EventBatch, EventInput, UnreadableEvent } from './change-event.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;
const CHUNKS_AHEAD = 2;
const BATCH_EVENTS = 2048;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The records of a folder of the archive, source by source, of each partition in the order of offsets, each once. */
export function archiveEvents(bucket: Bucket, folder: string, query: CatalogQuery = {}): EventInput {
  async function* read(signal: AbortSignal): AsyncGenerator<EventBatch> {
    for await (const partition of listPartitions(bucket, folder, query)) {
      for await (const link of selectLinks(bucket, partition, query)) {
        signal.throwIfAborted();
        yield* batchesOf(bucket, partition, link);
      }
    }
  }
  return { name: `${bucket.url}/${folder}`, read };
}

async function* batchesOf(bucket: Bucket, at: CatalogPartition, link: ChainLink): AsyncGenerator<EventBatch> {
  const { partition } = at.location;
  const source = `${at.source.folder}/${String(at.source.number).padStart(4, '0')}`;
  if (link.kind === 'gap') {
    yield { source, events: [], unreadable: [], gaps: [{ partition, range: link.range, reason: link.reason }] };
    return;
  }
  const { key: objectKey, metadata, sizeBytes, readable: range } = link;
  const segment = { objectKey, compression: metadata.compression, metadata, position: 0, whole: true, range };
  const chunks = mapAhead(ranges(sizeBytes), (part) => bucket.get(objectKey, part), CHUNKS_AHEAD);
  let events: ChangeEvent[] = [];
  let unreadable: UnreadableEvent[] = [];
  for await (const record of segmentRecords(segment, chunks)) {
    const event = eventOf(partition, record);
    if ('reason' in event) unreadable.push(event);
    else events.push(event);
    if (events.length + unreadable.length < BATCH_EVENTS) continue;
    yield { source, events, unreadable, gaps: [] };
    [events, unreadable] = [[], []];
  }
  yield { source, events, unreadable, gaps: [] };
}

function eventOf(partition: number, record: KafkaRecord): ChangeEvent | UnreadableEvent {
  const { offset, timestampMs } = record;
  try {
    return { partition, offset, timestampMs, key: text(record.key), value: text(record.value) };
  } catch {
    return { partition, offset, reason: 'its key or value is no UTF-8' };
  }
}

function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : UTF8.decode(bytes);
}

function* ranges(sizeBytes: number): Generator<{ readonly start: number; readonly end: number }> {
  for (let start = 0; start < sizeBytes; start += CHUNK_BYTES) {
    yield { start, end: Math.min(start + CHUNK_BYTES, sizeBytes) };
  }
}
