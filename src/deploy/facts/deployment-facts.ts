/**
 * What is true of a landscape, as far as the decision tree of the guidelines asks for it. An answer is undefined when the
 * question was not put, or nobody knows: the tree then stops at that fork and says which answer it lacks.
 */
export interface DeploymentFacts {
  /** A new installation, without data that is older than it. */
  readonly greenfield?: boolean | undefined;
  /** Records that are older than the installation are wanted in the bucket. */
  readonly olderDataWanted?: boolean | undefined;
  /** Readers of the topics need changes within seconds, during the installation too. */
  readonly nearRealTimeCritical?: boolean | undefined;
  /** A change data capture feeds the topics. */
  readonly cdc?: boolean | undefined;
  /** The CDC can run a further ingestion task beside the one that feeds the topics. */
  readonly cdcSeveralIngestionTasks?: boolean | undefined;
  /** A connector imports everything on a schedule, such as a CSV file a day. */
  readonly scheduledFullImport?: boolean | undefined;
  /** Raw data of the system of record are archived. */
  readonly rawDataArchived?: boolean | undefined;
  /** A dump of the archived raw data can be made. */
  readonly dumpPossible?: boolean | undefined;
  /** Raw data are not archived, but their history is kept somewhere, such that a dump can be rebuilt from it. */
  readonly dumpReconstructible?: boolean | undefined;
}

/**
 * The procedures of the guidelines. P1: simple deployment. P2: CDC with several ingestion tasks. P3: projections as input.
 * P4: stop the CDC. P5: dump of archived raw data. P6: dump, reconstructed first.
 */
export type ProcedureId = 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6';

/**
 * Parallel: consumers go on to read the topics that are archived. Sequential: they read post-ingestion topics, which get
 * records only once these are in the bucket.
 */
export type DeploymentMode = 'parallel' | 'sequential';
