/**
 * Operating errors: everything that the environment, the configuration or the data can do to us. One table, one class.
 * A code is stable: it is in docs/errors.md (checked by a test), in logs, in exit reports and in API answers, and is
 * never used again for something else.
 */
export const ERROR_CODES = {
  API_BUSY: { retryable: true, summary: 'The API serves as many callers of that kind as it can.' },
  API_ROUTE_MISSING: { retryable: false, summary: 'The API has no such route, or not with that method.' },
  API_UNAUTHORIZED: { retryable: false, summary: 'The API token is missing or wrong.' },
  BUCKET_ACCESS_DENIED: { retryable: false, summary: 'The store refused the credentials, or they lack a right.' },
  BUCKET_CONDITIONAL_PUT_IGNORED: { retryable: false, summary: 'The store overwrites an object that must be created only if absent.' },
  BUCKET_CONTRACT_BROKEN: { retryable: false, summary: 'The store does not keep what was written as it was written.' },
  BUCKET_DISK_FULL: { retryable: true, summary: 'The disk below a directory bucket is full.' },
  BUCKET_INVALID_KEY: { retryable: false, summary: 'An object key breaks the rules that every store can keep.' },
  BUCKET_INVALID_URL: { retryable: false, summary: 'A bucket URL cannot be understood.' },
  BUCKET_MISSING: { retryable: false, summary: 'The bucket, or the directory that stands for it, does not exist.' },
  BUCKET_OBJECT_MISSING: { retryable: false, summary: 'An object that should be there is not.' },
  BUCKET_READ_ONLY: { retryable: false, summary: 'The bucket can be read but not written.' },
  BUCKET_REQUEST_REFUSED: { retryable: false, summary: 'The store refuses a request, and would refuse it again.' },
  BUCKET_UNAVAILABLE: { retryable: true, summary: 'The store cannot be reached, or answers with a passing error.' },
  ARCHIVE_CHAIN_BROKEN: { retryable: false, summary: 'A segment that the consumer group has committed is no longer in the bucket.' },
  ARCHIVE_FOLDER_MISSING: { retryable: false, summary: 'The bucket holds no folder of that name.' },
  ARCHIVE_SOURCE_CONFLICT: { retryable: false, summary: 'An archived source is not the topic it should be.' },
  CONFIG_INVALID: { retryable: false, summary: 'The configuration has errors; all of them are listed.' },
  CONFIG_FILE_MISSING: { retryable: false, summary: 'The configuration file cannot be read.' },
  HTTP_LISTEN_FAILED: { retryable: false, summary: 'The HTTP port cannot be listened on.' },
  KAFKA_AUTHENTICATION_FAILED: { retryable: false, summary: 'Kafka refused the credentials or the security protocol.' },
  KAFKA_AUTHORIZATION_FAILED: { retryable: false, summary: 'Kafka refused an operation that the user has no right to.' },
  KAFKA_BATCH_CORRUPT: { retryable: false, summary: 'A record batch from Kafka fails its checksum or breaks the format.' },
  KAFKA_FENCED: { retryable: false, summary: 'Another process took over this transactional id or this place in the group.' },
  KAFKA_OFFSET_OUT_OF_RANGE: { retryable: false, summary: 'Kafka no longer has the offset that is next to be archived.' },
  KAFKA_PARTITION_MISMATCH: { retryable: false, summary: 'Two topics that must have the same partitions have not.' },
  KAFKA_RECORD_TOO_LARGE: { retryable: false, summary: 'The target topic does not accept a record of that size.' },
  KAFKA_REQUEST_FAILED: { retryable: false, summary: 'Kafka refused a request.' },
  KAFKA_TOPIC_MISSING: { retryable: false, summary: 'A topic does not exist.' },
  KAFKA_UNAVAILABLE: { retryable: true, summary: 'No broker can be reached, or the answer is a passing error.' },
  RELOAD_REQUEST_INVALID: { retryable: false, summary: 'A reload request has a field that cannot be accepted.' },
  RELOAD_INCOMPLETE_ARCHIVE: { retryable: false, summary: 'Offsets to be reloaded are missing from the archive, and nothing in it explains why.' },
  RELOAD_JOB_MISSING: { retryable: false, summary: 'There is no reload job of that id.' },
  RELOAD_JOB_STATE: { retryable: false, summary: 'The reload job is in a state that does not allow the operation.' },
  SEGMENT_CORRUPT: { retryable: false, summary: 'A segment is damaged: the object and the byte position are named.' },
  SEGMENT_FORMAT_UNSUPPORTED: { retryable: false, summary: 'A segment has a format version that this release does not know.' },
  SETUP_FAILED: { retryable: false, summary: 'Something that a command needs could not be had.' },
  STOP_TIMEOUT: { retryable: false, summary: 'A service took longer to stop than it may.' },
  USAGE: { retryable: false, summary: 'The command line cannot be understood.' },
} as const satisfies Record<string, { readonly retryable: boolean; readonly summary: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

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
