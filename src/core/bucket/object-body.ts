import { assert } from '../assert.ts';

/** The bytes of a body that is given in chunks. */
export function bodySizeBytes(body: readonly Uint8Array[]): number {
  let sizeBytes = 0;
  for (const chunk of body) sizeBytes += chunk.byteLength;
  return sizeBytes;
}

/** Cuts a body into parts of `partSizeBytes` (the last may be shorter) without copying: parts share the chunks' memory. */
export function splitBody(body: readonly Uint8Array[], partSizeBytes: number): Uint8Array[][] {
  assert(partSizeBytes > 0, 'a part has at least one byte');
  const parts: Uint8Array[][] = [];
  let part: Uint8Array[] = [];
  let roomBytes = partSizeBytes;
  for (const chunk of body) {
    for (let at = 0; at < chunk.byteLength;) {
      const piece = chunk.subarray(at, at + roomBytes);
      part.push(piece);
      at += piece.byteLength;
      roomBytes -= piece.byteLength;
      if (roomBytes > 0) continue;
      parts.push(part);
      part = [];
      roomBytes = partSizeBytes;
    }
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
