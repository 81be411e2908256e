import { BUCKET_ERROR_CODES } from './bucket-error-codes.ts';
import { DEPLOY_ERROR_CODES } from './deploy-error-codes.ts';

/**
 * Operating errors: everything that the environment, the configuration or the data can do to us. One table, one class.
 * A code is stable: it is in docs/errors.md (checked by a test), in logs, in exit reports and in API answers, and is
 * never used again for something else.
 */
export const ERROR_CODES = {
  API_BUSY: {
    retryable: true,
    summary: 'The API serves as many callers of that kind as it can.',
    remedy: 'Try again later, or close streams that nobody reads.',
  },
  API_ROUTE_MISSING: {
    retryable: false,
    summary: 'The API has no such route, or not with that method.',
    remedy: 'Compare path and method with docs/api.md.',
  },
  API_UNAUTHORIZED: {
    retryable: false,
    summary: 'The API token is missing or wrong.',
    remedy: 'Send `Authorization: Bearer <token>` with the token of `reloader.apiToken`.',
  },
  API_UNAVAILABLE: {
    retryable: true,
    summary: 'The API of the Reloader cannot be reached, or does not answer as one.',
    remedy: 'Check the address given with `--api` (http://host:port), and that a `bss reloader` runs there.',
  },
  ...BUCKET_ERROR_CODES,
  ARCHIVE_CHAIN_BROKEN: {
    retryable: false,
    summary: 'A segment that the consumer group has committed is no longer in the bucket.',
    remedy:
      'Restore the segment that the message names from a copy or version of the bucket. Only if it is lost for good: move the offset of the consumer group, which is recorded as a gap.',
  },
  ARCHIVE_FOLDER_MISSING: {
    retryable: false,
    summary: 'The bucket holds no folder of that name.',
    remedy: '`bss archive ls` shows the folders that there are.',
  },
  ARCHIVE_SOURCE_CONFLICT: {
    retryable: false,
    summary: 'An archived source is not the topic it should be.',
    remedy:
      'Two clusters or topics write to one folder in a way that cannot be told apart. Give each topic a folder of its own.',
  },
  CONFIG_INVALID: {
    retryable: false,
    summary: 'The configuration has errors; all of them are listed.',
    remedy: 'Correct every line of the message; `bss config check` shows the result without starting anything.',
  },
  CONFIG_FILE_MISSING: {
    retryable: false,
    summary: 'The configuration file cannot be read.',
    remedy: 'Name the file with `--config` or `BSS_CONFIG`, and check that this user may read it.',
  },
  ...DEPLOY_ERROR_CODES,
  HTTP_LISTEN_FAILED: {
    retryable: false,
    summary: 'The HTTP port cannot be listened on.',
    remedy: 'Choose another `http.port`, or end the process that has it.',
  },
  KAFKA_AUTHENTICATION_FAILED: {
    retryable: false,
    summary: 'Kafka refused the credentials or the security protocol.',
    remedy: 'Check mechanism, user and password, and whether the listener expects TLS.',
  },
  KAFKA_AUTHORIZATION_FAILED: {
    retryable: false,
    summary: 'Kafka refused an operation that the user has no right to.',
    remedy: 'Grant this user the right that the message names.',
  },
  KAFKA_BATCH_CORRUPT: {
    retryable: false,
    summary: 'A record batch from Kafka fails its checksum or breaks the format.',
    remedy:
      'The log on the broker is damaged, or the network changes bytes. Check the disk of the broker; another replica may be sound.',
  },
  KAFKA_FENCED: {
    retryable: false,
    summary: 'Another process took over this transactional id or this place in the group.',
    remedy:
      'Usually harmless: another replica has taken over and goes on. If it recurs, two processes share an instance id.',
  },
  KAFKA_GROUP_NOT_EMPTY: {
    retryable: false,
    summary: 'A consumer group has members, so that its offsets cannot be set from outside.',
    remedy:
      'Stop the members that the message names, wait until their sessions are over, and try again. `bss offsets show` tells who is there.',
  },
  KAFKA_OFFSET_OUT_OF_RANGE: {
    retryable: false,
    summary: 'Kafka no longer has the offset that is next to be archived.',
    remedy:
      'Retention was faster than archiving. The loss is recorded as a gap; raise the retention of the topic or add replicas.',
  },
  KAFKA_PARTITION_MISMATCH: {
    retryable: false,
    summary: 'Two topics that must have the same partitions have not.',
    remedy: 'Give the target topic at least as many partitions as the archived one had.',
  },
  KAFKA_RECORD_TOO_LARGE: {
    retryable: false,
    summary: 'The target topic does not accept a record of that size.',
    remedy: 'Raise `max.message.bytes` of the target topic.',
  },
  KAFKA_REQUEST_FAILED: {
    retryable: false,
    summary: 'Kafka refused a request.',
    remedy: 'The message has the answer of the broker.',
  },
  KAFKA_TOPIC_MISSING: {
    retryable: false,
    summary: 'A topic does not exist.',
    remedy: 'Create the topic, or correct its name.',
  },
  KAFKA_UNAVAILABLE: {
    retryable: true,
    summary: 'No broker can be reached, or the answer is a passing error.',
    remedy:
      'Passes by itself when the brokers come back. Check `kafka.brokers`, the advertised listeners, network and TLS.',
  },
  LOAD_DATABASE_UNAVAILABLE: {
    retryable: true,
    summary: 'A database to be read cannot be reached, or does not let this user in.',
    remedy:
      'Check the URL (host, port, name, user, password), and that the database is up. The message has its answer.',
  },
  LOAD_DUPLICATE_KEYS: {
    retryable: false,
    summary: 'Rows of a dump have the same primary key.',
    remedy:
      'Correct `key` in the mapping, or the dump. Where the last of several rows is meant to win, say `--duplicates allow`.',
  },
  LOAD_INPUT_UNREADABLE: {
    retryable: false,
    summary: 'An input of a load cannot be read, or not to its end.',
    remedy: 'The message names the input and what is wrong with it. Nothing of it is guessed.',
  },
  LOAD_MAPPING_INVALID: {
    retryable: false,
    summary: 'A mapping file has errors, or does not fit the dump; all of them are listed.',
    remedy: 'Correct every line of the message; `bss load --propose-mapping` writes one that fits the dump.',
  },
  LOAD_MAPPING_WITHOUT_KEY: {
    retryable: false,
    summary: 'A mapping does not say what the primary key is.',
    remedy: 'List the columns in `key`, in the order in which the live CDC writes them.',
  },
  LOAD_MESSAGE_UNREADABLE: {
    retryable: false,
    summary: 'A message of a topic is not of the format that it should have.',
    remedy: 'Name the format that the CDC of this topic writes.',
  },
  LOAD_RESUME_MISMATCH: {
    retryable: false,
    summary: 'A load of that id was begun with other inputs, another mapping or other topics.',
    remedy: 'Give back what it was begun with to go on, or load anew with another `--id`.',
  },
  LOAD_TABLE_MISSING: {
    retryable: false,
    summary: 'A database has no such table or collection, or this user may not see it.',
    remedy: 'Correct the name, with its schema where there is one, or give this user the right to read it.',
  },
  LOAD_TABLE_UNMAPPED: {
    retryable: false,
    summary: 'A dump holds rows of a table that the mapping does not mention.',
    remedy: 'Add the table to the mapping, or leave it out of the load with `--skip-unmapped`.',
  },
  LOAD_TABLE_UNORDERED: {
    retryable: false,
    summary: 'A table of a running database has no key by which it could be read in order.',
    remedy: 'Add a primary key or a unique one without nulls, or load a dump of the table instead.',
  },
  LOAD_TOO_MANY_BAD_ROWS: {
    retryable: false,
    summary: 'More rows of a dump are refused than were allowed.',
    remedy: 'Look at the file of refused rows, correct mapping or dump, or allow more with `--errors-max`.',
  },
  OFFSETS_CHANGED: {
    retryable: false,
    summary: 'The offsets of a consumer group are no longer those that a plan was made from.',
    remedy: 'Somebody else moved them, or a member was there in the meantime. Look at a new plan, and apply that.',
  },
  OFFSETS_NOT_APPLIED: {
    retryable: false,
    summary: 'The offsets of a consumer group, read again after they were set, are not those that were set.',
    remedy: 'Somebody else sets them at the same time. Find out who, stop it, and apply a new plan.',
  },
  OFFSETS_OUTSIDE_LOG: {
    retryable: false,
    summary: 'Offsets that a consumer group is to be set to are not in the log.',
    remedy:
      'Check that the offsets are of this topic, and not of a namesake that was deleted. To take the nearest offset that is in the log, say `--clamp`.',
  },
  OFFSETS_TARGET_INVALID: {
    retryable: false,
    summary: 'What the offsets of a consumer group are to be set to cannot be understood, or does not fit the topics.',
    remedy: 'Correct what the message names; docs/offsets.md describes every way to say it.',
  },
  RELOAD_REQUEST_INVALID: {
    retryable: false,
    summary: 'A reload request has a field that cannot be accepted.',
    remedy: 'Correct the field that the answer names; docs/api.md describes them all.',
  },
  RELOAD_INCOMPLETE_ARCHIVE: {
    retryable: false,
    summary: 'Offsets to be reloaded are missing from the archive, and nothing in it explains why.',
    remedy: 'Run `bss archive verify` and restore what is missing, or ask for the rest with `allowMissing`.',
  },
  RELOAD_JOB_MISSING: {
    retryable: false,
    summary: 'There is no reload job of that id.',
    remedy: '`GET /v1/jobs` lists the jobs. Old finished jobs are forgotten (`reloader.jobsKeptMax`).',
  },
  RELOAD_JOB_STATE: {
    retryable: false,
    summary: 'The reload job is in a state that does not allow the operation.',
    remedy: 'Look at the state of the job: a finished one can be neither paused nor stopped.',
  },
  RELOAD_TARGET_CHANGED: {
    retryable: false,
    summary: 'The target topic of a reload job was deleted and created again while the job lasted.',
    remedy: 'Start a new job: what the old one had written is gone with the topic that it was in.',
  },
  SEGMENT_CORRUPT: {
    retryable: false,
    summary: 'A segment is damaged: the object and the byte position are named.',
    remedy: 'Restore the object that the message names from a copy or version of the bucket. Nothing of it was used.',
  },
  SEGMENT_FORMAT_UNSUPPORTED: {
    retryable: false,
    summary: 'A segment has a format version that this release does not know.',
    remedy: 'Read it with the release that wrote it, or a later one.',
  },
  SETUP_FAILED: {
    retryable: false,
    summary: 'Something that a command needs could not be had.',
    remedy: 'The message says what is missing and how to get it.',
  },
  SNAPSHOT_DAMAGED: {
    retryable: false,
    summary: 'A snapshot is not whole, or not what its manifest says.',
    remedy: 'Run `bss snapshot` again where it was interrupted; otherwise restore the object that the message names.',
  },
  SNAPSHOT_GROUP_UNKNOWN: {
    retryable: false,
    summary: 'The group that is said to write the projections has committed no offset of their topics.',
    remedy: 'Name the consumer group of the updater; `bss offsets show` lists the groups there are.',
  },
  SNAPSHOT_MISMATCH: {
    retryable: false,
    summary: 'A folder holds the snapshot of another database, group or set of projections.',
    remedy: 'Give the snapshot a folder of its own, or back what it was begun with.',
  },
  SNAPSHOT_PROJECTIONS_INVALID: {
    retryable: false,
    summary: 'A file of projections has errors; all of them are listed.',
    remedy: 'Correct every line of the message; docs/snapshot.md describes the file.',
  },
  STOP_TIMEOUT: {
    retryable: false,
    summary: 'A service took longer to stop than it may.',
    remedy:
      'Nothing is lost: what was not finished is done again. Raise `drainTimeout` (and the grace period of the platform) if it recurs.',
  },
  USAGE: {
    retryable: false,
    summary: 'The command line cannot be understood.',
    remedy: '`bss --help`, or `--help` after the command.',
  },
} as const satisfies Record<string, ErrorDescription>;

/** One code, as docs/errors.md shows it. */
export interface ErrorDescription {
  /** True when the same operation may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** What it means. */
  readonly summary: string;
  /** What to do about it. An error's own hint says more where more is known. */
  readonly remedy: string;
}

/** A code of the table. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What is known of an error beside its message. */
export interface ErrorContext {
  /** What it happened to: a topic, an object key, an option. */
  readonly subject?: string | undefined;
  /** What the reader should do about it. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An operating error. Message = operation + subject + reason; `hint` says what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly subject: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.name = 'AppError';
    this.code = code;
    this.subject = context.subject;
    this.hint = context.hint;
  }

  /** True when the same operation may succeed later without anybody changing anything. */
  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** True when the value is an operating error, of that code where one is given. */
export function isAppError(value: unknown, code?: ErrorCode): value is AppError {
  return value instanceof AppError && (code === undefined || value.code === code);
}
