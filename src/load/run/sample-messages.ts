import { messageWriter } from '../format/message-writer.ts';
import type { Message } from '../format/message-format.ts';
import type { LoadOptions } from './load-options.ts';
import { TableRouter } from './table-router.ts';

/** A message as it would be written. */
export interface SampleMessage extends Message {
  readonly table: string | undefined;
  readonly topic: string;
}

/**
 * The messages of the first rows of each table that can be converted. `nowMs` stands for the time at which the load would
 * begin.
 */
export async function sampleMessages(
  options: Pick<LoadOptions, 'sources' | 'mapping' | 'unmapped'>,
  perTable: number,
  nowMs: number,
  signal: AbortSignal,
): Promise<SampleMessage[]> {
  const router = new TableRouter(options.mapping, options.unmapped);
  const samples = new Map<string | undefined, SampleMessage[]>();
  let position = 0;
  for (const source of options.sources) {
    if (source.readOnce === true) continue;
    for await (const batch of source.read(0, signal)) {
      const bound = router.route(batch);
      if (bound === undefined) continue;
      const { table, mapping, converter } = bound;
      const found = samples.get(table) ?? [];
      samples.set(table, found);
      const context = { table: table ?? '', topic: mapping.topic, fields: converter.fields, tsMs: nowMs };
      const write = messageWriter(mapping.format, context);
      for (const row of batch.rows) {
        if (found.length >= perTable) break;
        const converted = converter.convert(row);
        if (!('reason' in converted)) found.push({ table, topic: mapping.topic, ...write(converted, position) });
        position++;
      }
      // Of a source that does not name its tables there is but one.
      if (table === undefined && found.length >= perTable) break;
    }
  }
  return [...samples.values()].flat();
}
