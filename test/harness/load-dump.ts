import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ByteInput } from '../../src/load/source/byte-input.ts';
import { systemClock } from '../../src/core/runtime/clock.ts';
import type { KafkaClient } from '../../src/core/kafka/kafka-client.ts';
import { parseMapping } from '../../src/load/mapping/parse-mapping.ts';
import type { RowSource } from '../../src/load/row/row.ts';
import { LOAD_DEFAULTS, type LoadOptions, type LoadServices } from '../../src/load/run/load-options.ts';
import { uniqueName } from './shared-services.ts';

/** Bytes that a test has in its hand. */
export function textInput(text: string | Uint8Array, name = 'dump'): ByteInput {
  const bytes = Buffer.from(text);
  return {
    name,
    sizeBytes: bytes.length,
    readBytes: bytes.length,
    async *open() {
      yield bytes;
    },
  };
}

/** A file, read in pieces of 64 KiB. */
export async function fileInput(path: string): Promise<ByteInput> {
  let readBytes = 0;
  return {
    name: path,
    sizeBytes: (await stat(path)).size,
    get readBytes() {
      return readBytes;
    },
    async *open() {
      readBytes = 0;
      for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
        readBytes += chunk.length;
        yield chunk;
      }
    },
  };
}

/** A load with the defaults, into a loads topic of its own. */
export function loadOptions(
  sources: readonly RowSource[],
  mapping: string,
  options: Partial<LoadOptions> = {},
): LoadOptions {
  return {
    ...LOAD_DEFAULTS,
    loadsTopic: uniqueName('loads'),
    sources,
    mapping: parseMapping(mapping, 'mapping.yaml'),
    ...options,
  };
}

/** What a load of a test works with. */
export function loadServices(kafka: KafkaClient, services: Partial<LoadServices> = {}): LoadServices {
  return { kafka, clock: systemClock, signal: new AbortController().signal, ...services };
}
