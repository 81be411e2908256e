/**
 * The partition that Kafka's default partitioner gives a key: murmur2 of its bytes, made positive, modulo the number of
 * partitions (org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner.partitionForKey). The key is the first `keyBytes` of the bytes.
 */
export function partitionForKey(key: Uint8Array, partitionCount: number, keyBytes = key.length): number {
  return (murmur2(key, keyBytes) & 0x7fffffff) % partitionCount;
}

/** Kafka's variant of MurmurHash2, 32 bits, seed 0x9747b28c, of the first `length` bytes. */
export function murmur2(data: Uint8Array, length = data.length): number {
  const m = 0x5bd1e995;
  const at = (i: number): number => data[i] ?? 0;
  let h = (0x9747b28c ^ length) | 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let k = at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const rest = length - i;
  if (rest >= 3) h ^= at(i + 2) << 16;
  if (rest >= 2) h ^= at(i + 1) << 8;
  if (rest >= 1) {
    h ^= at(i);
    h = Math.imul(h, m);
  }
  h ^= h >>> 13;
  h = Math.imul(h, m);
  h ^= h >>> 15;
  return h | 0;
}
