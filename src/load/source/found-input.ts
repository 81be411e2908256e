import type { ByteInput } from './byte-input.ts';

/** A file, object or pipe that was named, or stands in a folder that was. */
export interface FoundInput {
  /** Its bytes as they are. */
  readonly bytes: ByteInput;
  /** Path or key, whose end is the name that tells format and table. */
  readonly path: string;
  /** Set for a file on this machine. */
  readonly localPath?: string | undefined;
  /** The table that was said to be in it. */
  readonly givenTable?: string | undefined;
  /** True when it was found in a folder: then its name tells the table. */
  readonly isInFolder: boolean;
  /** The file of that name in the same folder; undefined when there is none. */
  readonly beside: (fileName: string) => Promise<ByteInput | undefined>;
}

/** Names of files that belong to a dump, but hold no rows. */
const WITHOUT_ROWS = /^[._]|\.metadata\.json(?:\.gz)?$|^prelude\.json(?:\.gz)?$|\.crc$/;

/** True for a path within a folder that is passed over: hidden ones, and what programs lay beside their data. */
export function isWithoutRows(path: string): boolean {
  return path.split('/').some((part) => WITHOUT_ROWS.test(part));
}
