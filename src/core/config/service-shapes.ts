import { BUCKET_OPTIONS, bucketProblems } from './bucket-options.ts';
import type { ConfigShape } from './load-config.ts';
import type { OptionTable } from './option.ts';
import { kafkaOptions, kafkaProblems } from './kafka-options.ts';
import { RELOADER_OPTIONS, reloaderProblems } from './reloader-options.ts';
import { STORER_OPTIONS, storerProblems } from './storer-options.ts';

/** Every option that may stand in a `bss.yaml`. */
export const ALL_TABLES: readonly OptionTable[] = [STORER_OPTIONS, RELOADER_OPTIONS];

/** How the configuration of the Storer is loaded. */
export const STORER_SHAPE: ConfigShape<typeof STORER_OPTIONS> = {
  table: STORER_OPTIONS,
  otherTables: ALL_TABLES,
  check: storerProblems,
};

/** How the configuration of the Reloader is loaded. */
export const RELOADER_SHAPE: ConfigShape<typeof RELOADER_OPTIONS> = {
  table: RELOADER_OPTIONS,
  otherTables: ALL_TABLES,
  check: reloaderProblems,
};

/** How the configuration of what only reads the archive is loaded. */
export const ARCHIVE_SHAPE: ConfigShape<typeof BUCKET_OPTIONS> = {
  table: BUCKET_OPTIONS,
  otherTables: ALL_TABLES,
  check: ({ bucket }) => bucketProblems(bucket),
};

const KAFKA_OPTIONS = kafkaOptions('bss');

/** How the configuration of what only talks to Kafka is loaded. */
export const KAFKA_SHAPE: ConfigShape<typeof KAFKA_OPTIONS> = {
  table: KAFKA_OPTIONS,
  otherTables: ALL_TABLES,
  check: ({ kafka }) => kafkaProblems(kafka),
};
