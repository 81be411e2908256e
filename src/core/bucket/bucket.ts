/**
 * The bucket: what the product needs from an object store, and nothing else.
 *
 * Obligations of every implementation, checked by one conformance suite (`conformance.ts`):
 * - **Atomic.** A reader sees the whole object with its metadata, or no object. A put that throws may nevertheless have
 *   succeeded (its answer was lost); it never leaves a part.
 * - **Create only if absent.** Of any number of concurrent `put`s to one key exactly one is answered `created`, the
 *   others `exists`, and the object is the winner's, for ever: there is no overwrite.
 * - **Durable.** When `put` answers `created` or `exists`, the object survives a crash of this process and, as far as the store can
 *   promise it, of the machine.
 * - **Read after write.** `head`, `get` and `list` see an object as soon as its put was answered.
 * - **Order.** `list` gives keys in ascending order of their UTF-8 bytes (not that of JavaScript's strings: `compareKeys`).
 * - **Idempotent.** Every call may be repeated after an error.
 * - **Errors** are `AppError`s with a `BUCKET_*` code; the library's error is the cause.
 */
export interface Bucket {
  /** For messages: the URL without secrets, such as `s3://archive/prefix` or `file:///var/lib/bss`. */
  readonly url: string;

  /** Creates the object unless the key is taken. The chunks are one body; they are not changed or kept afterwards. */
  put(key: ObjectKey, body: readonly Uint8Array[], options?: PutOptions): Promise<PutResult>;

  /**
   * The object's bytes, or a part of them. A range that reaches past the end is cut; one that starts past it is empty.
   * @throws BUCKET_OBJECT_MISSING when there is no such object.
   */
  get(key: ObjectKey, range?: ByteRange): Promise<Uint8Array>;

  /** Size and metadata, or undefined when there is no such object. */
  head(key: ObjectKey): Promise<ObjectInfo | undefined>;

  /** Objects whose key starts with `prefix` and comes after `startAfter`. Streams: memory is bounded by a page. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListEntry>;

  /**
   * The names of the "folders" that hold an object, directly below `prefix` (which is empty or ends in `/`), without slashes, but
   * in the order in which `list` comes by them: that of `name/`, so `a-b` before `a`.
   */
  folders(prefix: string): AsyncIterable<string>;

  /** Removes the object; an absent one is not an error. */
  delete(key: ObjectKey): Promise<void>;
}

/**
 * A key: segments joined by `/`. No empty, `.` or `..` segment, no backslash or control character, a segment at most 200
 * bytes of UTF-8, the whole at most 900; no segment starts with `.bss-`; no key is the path-parent of another.
 * (The intersection of what S3, GCS, Azure and file systems keep.) A key that breaks a rule is refused with BUCKET_INVALID_KEY;
 * of the last rule only where the store itself keeps it.
 */
export type ObjectKey = string;

/** What an object carries beside its body. */
export interface PutOptions {
  /**
   * Lower-case names (letters, digits, single `-` between them); values of printable ASCII, not empty, without a space at either end;
   * names and values together at most 2,000 bytes.
   */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly contentType?: string;
}

/** Whether this put made the object, or found it made. */
export type PutResult = 'created' | 'exists';

/** Bytes from `start` up to, not including, `end`; `{last}` is the last so many bytes. */
export type ByteRange = { readonly start: number; readonly end: number } | { readonly last: number };

/** What is known of an object without reading it. */
export interface ObjectInfo {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Where a listing begins. */
export interface ListOptions {
  readonly startAfter?: ObjectKey;
}

/** One object of a listing. */
export interface ListEntry {
  readonly key: ObjectKey;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}
