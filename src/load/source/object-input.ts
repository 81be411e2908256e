import type { Bucket } from '../../core/bucket/bucket.ts';
import type { ByteInput } from './byte-input.ts';
import { reasonOf, unreadable } from './unreadable.ts';

/** Bytes asked for at once; while they are worked on, the next ones are on their way. */
const PART_BYTES = 8 * 1024 * 1024;

/** An object of a bucket. */
export interface InputObject {
  readonly bucket: Bucket;
  readonly key: string;
  readonly sizeBytes: number;
}

/** The bytes of an object of a bucket, as they are. */
export function objectInput({ bucket, key, sizeBytes }: InputObject): ByteInput {
  const name = `${bucket.url}/${key}`;
  let readBytes = 0;
  const part = async (start: number): Promise<Uint8Array> => {
    const end = Math.min(start + PART_BYTES, sizeBytes);
    const bytes = await bucket.get(key, { start, end }).catch((cause: unknown) => {
      throw unreadable(name, `at byte ${start}: ${reasonOf(cause)}`, { cause });
    });
    if (bytes.length === end - start) return bytes;
    throw unreadable(name, `it ends after ${start + bytes.length} of ${sizeBytes} bytes: something has replaced it`);
  };
  return {
    name,
    sizeBytes,
    get readBytes() {
      return readBytes;
    },
    async *open() {
      readBytes = 0;
      let coming = sizeBytes > 0 ? settled(part(0)) : undefined;
      while (coming !== undefined) {
        const bytes = (await coming)();
        const next = readBytes + bytes.length;
        coming = next < sizeBytes ? settled(part(next)) : undefined;
        readBytes = next;
        yield bytes;
      }
    },
  };
}

/** Nobody may be waiting for a part when it fails: what it came to is told to whoever asks. */
async function settled<T>(promise: Promise<T>): Promise<() => T> {
  try {
    const value = await promise;
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
