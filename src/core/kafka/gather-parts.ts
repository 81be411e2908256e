/**
 * The parts of a request with runs of short ones put together, so that the socket is handed few buffers, while the
 * long ones (record batches) are handed over as they are, not copied.
 * @param shortBytesMax A part longer than this is not copied.
 */
export function gatherParts(parts: readonly Uint8Array[], shortBytesMax: number): Uint8Array[] {
  const gathered: Uint8Array[] = [];
  let run: Uint8Array[] = [];
  const endRun = (): void => {
    const [first] = run;
    if (first !== undefined) gathered.push(run.length === 1 ? first : Buffer.concat(run));
    run = [];
  };
  for (const part of parts) {
    if (part.length === 0) continue;
    if (part.length <= shortBytesMax) {
      run.push(part);
      continue;
    }
    endRun();
    gathered.push(part);
  }
  endRun();
  return gathered;
}
