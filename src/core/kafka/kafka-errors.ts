import { inspect } from 'node:util';
import { protocolErrors, protocolErrorsCodesById } from './protocol-library.ts';
import { AppError, type ErrorCode, isAppError } from '../errors.ts';

/** The error codes of Kafka's protocol that this client decides by. Source: kafka.apache.org/protocol, "Error Codes". */
export const KAFKA = {
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  MESSAGE_TOO_LARGE: 10,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  RECORD_LIST_TOO_LARGE: 18,
  ILLEGAL_GENERATION: 22,
  UNKNOWN_MEMBER_ID: 25,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  UNSUPPORTED_SASL_MECHANISM: 33,
  ILLEGAL_SASL_STATE: 34,
  TOPIC_ALREADY_EXISTS: 36,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  INVALID_PRODUCER_ID_MAPPING: 49,
  CONCURRENT_TRANSACTIONS: 51,
  TRANSACTION_COORDINATOR_FENCED: 52,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  OPERATION_NOT_ATTEMPTED: 55,
  SASL_AUTHENTICATION_FAILED: 58,
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: 65,
  NON_EMPTY_GROUP: 68,
  GROUP_ID_NOT_FOUND: 69,
  FENCED_LEADER_EPOCH: 74,
  UNKNOWN_LEADER_EPOCH: 75,
  MEMBER_ID_REQUIRED: 79,
  FENCED_INSTANCE_ID: 82,
  GROUP_SUBSCRIBED_TO_TOPIC: 86,
  UNSTABLE_OFFSET_COMMIT: 88,
  PRODUCER_FENCED: 90,
  UNKNOWN_TOPIC_ID: 100,
  INCONSISTENT_TOPIC_ID: 103,
  STALE_MEMBER_EPOCH: 113,
} as const;

const TRANSLATION = new Map<number, { readonly code: ErrorCode; readonly hint: string }>();

function translateAs(code: ErrorCode, hint: string, kafkaCodes: readonly number[]): void {
  for (const kafkaCode of kafkaCodes) TRANSLATION.set(kafkaCode, { code, hint });
}

translateAs('KAFKA_AUTHENTICATION_FAILED', 'Check the user name, the password or token, and the SASL mechanism.', [
  KAFKA.SASL_AUTHENTICATION_FAILED,
]);
translateAs('KAFKA_AUTHENTICATION_FAILED', 'Choose a SASL mechanism that this listener of the broker has enabled.', [
  KAFKA.UNSUPPORTED_SASL_MECHANISM,
]);
translateAs(
  'KAFKA_AUTHENTICATION_FAILED',
  'This listener takes no SASL: remove it, or use the port of the SASL listener.',
  [KAFKA.ILLEGAL_SASL_STATE],
);
translateAs('KAFKA_AUTHORIZATION_FAILED', 'Give the user the right for it (kafka-acls --add), and start again.', [
  KAFKA.TOPIC_AUTHORIZATION_FAILED,
  KAFKA.GROUP_AUTHORIZATION_FAILED,
  KAFKA.CLUSTER_AUTHORIZATION_FAILED,
  KAFKA.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  KAFKA.DELEGATION_TOKEN_AUTHORIZATION_FAILED,
]);
translateAs('KAFKA_TOPIC_MISSING', 'Create the topic, or correct its name in the configuration.', [
  KAFKA.UNKNOWN_TOPIC_OR_PARTITION,
  KAFKA.UNKNOWN_TOPIC_ID,
  KAFKA.INCONSISTENT_TOPIC_ID,
]);
translateAs(
  'KAFKA_FENCED',
  'Another member has the place in the group, or the session expired: rejoin, and start from what is committed.',
  [KAFKA.ILLEGAL_GENERATION, KAFKA.UNKNOWN_MEMBER_ID, KAFKA.FENCED_INSTANCE_ID],
);
translateAs(
  'KAFKA_FENCED',
  'Another process uses the same transactional id, or the transaction timed out: start from what is committed.',
  [KAFKA.INVALID_PRODUCER_EPOCH, KAFKA.INVALID_PRODUCER_ID_MAPPING, KAFKA.PRODUCER_FENCED],
);
translateAs('KAFKA_GROUP_NOT_EMPTY', 'Stop the members of the group, and wait until their sessions are over.', [
  KAFKA.NON_EMPTY_GROUP,
  KAFKA.GROUP_SUBSCRIBED_TO_TOPIC,
]);
translateAs(
  'KAFKA_OFFSET_OUT_OF_RANGE',
  'Retention or DeleteRecords removed the offset, or the topic was created anew.',
  [KAFKA.OFFSET_OUT_OF_RANGE],
);
translateAs('KAFKA_RECORD_TOO_LARGE', "Raise the topic's max.message.bytes.", [
  KAFKA.MESSAGE_TOO_LARGE,
  KAFKA.RECORD_LIST_TOO_LARGE,
]);
translateAs('KAFKA_UNAVAILABLE', 'The coordinator is moving; the operation can be repeated.', [
  KAFKA.TRANSACTION_COORDINATOR_FENCED,
]);

/** Kafka's name of a protocol error code, such as NOT_COORDINATOR. */
export function kafkaErrorName(kafkaCode: number): string {
  return protocolErrorsCodesById[kafkaCode] ?? `error ${kafkaCode}`;
}

/**
 * The operating error for a code in a broker's answer. Total: a code that is not in the table is KAFKA_UNAVAILABLE when
 * Kafka calls it retriable, else KAFKA_REQUEST_FAILED. `detail` is the broker's own message, where it sent one.
 */
export function kafkaError(kafkaCode: number, operation: string, subject: string, detail?: string | null): AppError {
  const name = kafkaErrorName(kafkaCode);
  const definition = protocolErrors[name];
  const reason = detail === undefined || detail === null || detail === '' ? (definition?.message ?? '') : detail;
  const message = `${operation} ${subject}: ${name}${reason === '' ? '' : ` (${reason.replace(/\.$/, '')})`}`;
  const known = TRANSLATION.get(kafkaCode);
  if (known !== undefined) return new AppError(known.code, message, { subject, hint: known.hint });
  if (definition?.canRetry === true) {
    return new AppError('KAFKA_UNAVAILABLE', message, {
      subject,
      hint: 'This passes by itself once the brokers are well.',
    });
  }
  return new AppError('KAFKA_REQUEST_FAILED', message, { subject, hint: "The broker's log says more." });
}

/** True when the answer means that our picture of topics and leaders is out of date: refresh it and try again. */
export function isStaleMetadata(kafkaCode: number): boolean {
  return STALE_METADATA.has(kafkaCode);
}

const STALE_METADATA: ReadonlySet<number> = new Set([
  KAFKA.UNKNOWN_TOPIC_OR_PARTITION,
  KAFKA.LEADER_NOT_AVAILABLE,
  KAFKA.NOT_LEADER_OR_FOLLOWER,
  KAFKA.FENCED_LEADER_EPOCH,
  KAFKA.UNKNOWN_LEADER_EPOCH,
  KAFKA.UNKNOWN_TOPIC_ID,
  KAFKA.INCONSISTENT_TOPIC_ID,
]);

/** The operating error for an answer that shows stale metadata: always retryable, since the next attempt asks anew. */
export function movedError(kafkaCode: number, operation: string, subject: string): AppError {
  return new AppError('KAFKA_UNAVAILABLE', `${operation} ${subject}: ${kafkaErrorName(kafkaCode)}`, {
    subject,
    hint: 'The partition is moving to another broker; this passes by itself once it has a leader.',
  });
}

/** True when another broker is the coordinator now, or none yet: find it anew. */
export function isStaleCoordinator(kafkaCode: number): boolean {
  return (
    kafkaCode === KAFKA.NOT_COORDINATOR ||
    kafkaCode === KAFKA.COORDINATOR_NOT_AVAILABLE ||
    kafkaCode === KAFKA.COORDINATOR_LOAD_IN_PROGRESS
  );
}

/** Total translation of what the library or a socket threw. Our own errors pass, wherever in the chain they are. */
export function translateError(error: unknown, operation: string, subject: string): AppError {
  const inner = find(error, (candidate) => (isAppError(candidate) ? candidate : undefined));
  if (inner !== undefined) return inner;
  const kafkaCode = find(error, (candidate) =>
    typeof candidate['apiCode'] === 'number' ? candidate['apiCode'] : undefined,
  );
  if (kafkaCode !== undefined) return withCause(kafkaError(kafkaCode, operation, subject), error);
  const isAuthentication = find(error, (candidate) =>
    candidate['code'] === 'PLT_KFK_AUTHENTICATION' ? true : undefined,
  );
  const reason = error instanceof Error ? error.message : inspect(error, { depth: 0 });
  if (isAuthentication === true) {
    return new AppError('KAFKA_AUTHENTICATION_FAILED', `${operation} ${subject}: ${reason}`, {
      subject,
      hint: 'Check the user name, the password or token, and the SASL mechanism.',
      cause: error,
    });
  }
  return new AppError('KAFKA_REQUEST_FAILED', `${operation} ${subject}: the answer cannot be understood (${reason})`, {
    subject,
    hint: 'The broker is too new or too old for this program, or is no Kafka.',
    cause: error,
  });
}

function withCause(error: AppError, cause: unknown): AppError {
  return new AppError(error.code, error.message, { subject: error.subject, hint: error.hint, cause });
}

/** First match in the error, its causes and the errors it bundles; cycles and depth are bounded. */
function find<T>(error: unknown, match: (candidate: Record<string, unknown>) => T | undefined): T | undefined {
  const open: unknown[] = [error];
  for (let seen = 0; open.length > 0 && seen < 100; seen++) {
    const candidate = open.shift();
    if (typeof candidate !== 'object' || candidate === null) continue;
    const found = match(candidate as Record<string, unknown>);
    if (found !== undefined) return found;
    const { cause, errors } = candidate as { cause?: unknown; errors?: unknown };
    open.push(cause);
    if (Array.isArray(errors)) open.push(...(errors as unknown[]));
  }
  return undefined;
}
