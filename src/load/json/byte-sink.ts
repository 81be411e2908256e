const QUOTE = 34;
const BYTES_FIRST = 64 * 1024;
/** Longer texts are faster written by Node. */
const LOOP_CHARS_MAX = 48;
/** A character of JavaScript takes no more bytes of UTF-8. */
const UTF8_BYTES_MAX = 3;

/** Bytes that are written one after another. Hot: whoever writes puts bytes at `at`, for which it has reserved room. */
export class ByteSink {
  bytes = Buffer.allocUnsafe(BYTES_FIRST);
  at = 0;

  /** Makes room for so many more bytes: `bytes` may be others afterwards. */
  reserve(count: number): void {
    if (this.at + count > this.bytes.length) this.#grow(count);
  }

  #grow(count: number): void {
    const larger = Buffer.allocUnsafe(Math.max(this.at + count, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  /** Well-formed text as UTF-8. Room for it is made. */
  text(text: string): void {
    this.reserve(text.length * UTF8_BYTES_MAX);
    const { bytes } = this;
    if (text.length > LOOP_CHARS_MAX) {
      this.at += bytes.write(text, this.at);
      return;
    }
    let at = this.at;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) {
        this.at += bytes.write(text, this.at);
        return;
      }
      bytes[at++] = code;
    }
    this.at = at;
  }

  /** Bytes of elsewhere. The room must be there. */
  copy(from: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    let at = this.at;
    if (end - start > LOOP_CHARS_MAX) {
      bytes.set(end - start === from.length ? from : from.subarray(start, end), at);
      this.at += end - start;
      return;
    }
    for (let i = start; i < end; i++) bytes[at++] = from[i] ?? 0;
    this.at = at;
  }

  /** Bytes of elsewhere that need no escapes, between quotes. The room must be there. */
  quoted(from: Uint8Array, start: number, end: number): void {
    this.bytes[this.at++] = QUOTE;
    this.copy(from, start, end);
    this.bytes[this.at++] = QUOTE;
  }
}
