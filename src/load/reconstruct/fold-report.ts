/** Where an event stands. */
export interface EventPosition {
  readonly source: string;
  readonly partition: number;
  /** Decimal; the number of the line where lines have no offset. */
  readonly offset: string;
  readonly reason: string;
}

/** What was seen of the events. */
export interface FoldCounts {
  /** In the order in which they count. */
  readonly sources: readonly string[];
  /** All, the unreadable ones too. */
  readonly events: number;
  /** Deletes, and tombstones after them. */
  readonly deletes: number;
  /** Messages of the CDC itself, and of truncated tables. */
  readonly ignored: number;
  /** Changes that gave a row another key. */
  readonly keyChanges: number;
  readonly unreadable: number;
  /** The first thousand of them. */
  readonly unreadableAt: readonly EventPosition[];
  /** Offsets that the archive has no record of, by reason; decimal. `missing`: nothing explains them. */
  readonly gaps: Readonly<Record<string, string>>;
}

/** What a fold came to. */
export interface FoldReport extends FoldCounts {
  /** Different keys. */
  readonly keys: number;
  /** Keys that have a row in the end; the others were deleted. */
  readonly rows: number;
  /** Keys with records in several partitions of one source: of them time decides, not the offset. */
  readonly keysInSeveralPartitions: number;
}
