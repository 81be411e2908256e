/** Bytes of a file, an object or a pipe, decompressed: what readers of text and binary dumps read. */
export interface ByteInput {
  /** As a person would name it. */
  readonly name: string;
  /** Bytes to be read (compressed ones, where it is compressed), when known; for progress. */
  readonly sizeBytes: number | undefined;
  /** Bytes read so far by the latest `open`, in the same measure as `sizeBytes`. */
  readonly readBytes: number;
  /** True when it can be opened but once. */
  readonly readOnce?: boolean | undefined;
  /** The bytes from the beginning. @throws LOAD_INPUT_UNREADABLE while they are read. */
  open(): AsyncIterable<Uint8Array>;
}
