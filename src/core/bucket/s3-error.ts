import { AppError, type ErrorCode } from '../errors.ts';

interface Translation {
  readonly code: ErrorCode;
  readonly hint: string;
}

const CREDENTIALS: Translation = {
  code: 'BUCKET_ACCESS_DENIED',
  hint: 'Check the access key, the secret key and the session token, and that they belong to this store.',
};
const RIGHTS: Translation = {
  code: 'BUCKET_ACCESS_DENIED',
  hint: 'The credentials need s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject on its objects.',
};
const NO_BUCKET: Translation = {
  code: 'BUCKET_MISSING',
  hint: 'Create the bucket, or correct its name, the endpoint or the region.',
};
const REGION: Translation = {
  code: 'BUCKET_INVALID_URL',
  hint: 'Set the region that the bucket is in, and the endpoint of that region.',
};
const KEY: Translation = {
  code: 'BUCKET_INVALID_KEY',
  hint: 'The store cannot keep this key: it is too long, or a part of it names an object.',
};
const PASSING: Translation = {
  code: 'BUCKET_UNAVAILABLE',
  hint: 'The store is overloaded or has a fault of its own; look at its state if this goes on.',
};
const CLOCK: Translation = {
  code: 'BUCKET_UNAVAILABLE',
  hint: "The clocks of this machine and of the store differ by more than the store allows; check this machine's time service.",
};
const NETWORK: Translation = {
  code: 'BUCKET_UNAVAILABLE',
  hint: 'Check the endpoint (scheme, host, port), name resolution, the network, and that the store is running.',
};
const TLS: Translation = {
  code: 'BUCKET_UNAVAILABLE',
  hint: 'Check that the endpoint has the right scheme and port; for a private certificate authority name its file in NODE_EXTRA_CA_CERTS.',
};
const NOT_S3: Translation = {
  code: 'BUCKET_UNAVAILABLE',
  hint: 'What answers at the endpoint does not speak S3: check host and port (a web console has another port), and proxies on the way.',
};
const NOT_CONDITIONAL: Translation = {
  code: 'BUCKET_CONDITIONAL_PUT_IGNORED',
  hint: 'The store cannot create an object only if it is absent (If-None-Match), which exactly-once storage needs; upgrade it or use another.',
};
const REFUSED: Translation = {
  code: 'BUCKET_REQUEST_REFUSED',
  hint: "The reason is the store's own; its documentation and its log say more.",
};

/** By the `Code` of an S3 answer (the SDK's error name). */
const BY_NAME: Readonly<Record<string, Translation>> = {
  AccountProblem: RIGHTS,
  AllAccessDisabled: RIGHTS,
  AuthorizationHeaderMalformed: REGION,
  BadDigest: PASSING,
  CredentialsProviderError: CREDENTIALS,
  ExpiredToken: CREDENTIALS,
  ExpiredTokenException: CREDENTIALS,
  IllegalLocationConstraintException: REGION,
  InvalidAccessKeyId: CREDENTIALS,
  InvalidToken: CREDENTIALS,
  KeyTooLongError: KEY,
  NoSuchBucket: NO_BUCKET,
  NotImplemented: NOT_CONDITIONAL,
  ObjectParentIsFile: KEY,
  PermanentRedirect: REGION,
  RequestTimeTooSkewed: CLOCK,
  RequestTimeout: PASSING,
  SignatureDoesNotMatch: CREDENTIALS,
  TokenProviderError: CREDENTIALS,
  XAmzContentChecksumMismatch: PASSING,
  XAmzContentSHA256Mismatch: PASSING,
  XMinioObjectExistsAsDirectory: KEY,
  XMinioParentIsObject: KEY,
};

const BY_STATUS: Readonly<Record<number, Translation>> = {
  301: REGION,
  401: CREDENTIALS,
  403: RIGHTS,
  408: PASSING,
  409: PASSING,
  429: PASSING,
  501: NOT_CONDITIONAL,
};

/**
 * Translates an error of the S3 SDK, or of the network below it. Errors of ours pass, as does what has neither an HTTP status nor
 * a system code (a bug, then).
 */
export function s3Error(operation: string, subject: string, cause: unknown): unknown {
  if (cause instanceof AppError || !(cause instanceof Error)) return cause;
  const translation = translate(cause);
  if (translation === undefined) return cause;
  const { code, hint } = translation;
  const reason = reasonOf(cause);
  const status = s3Status(cause);
  const answer = status === undefined ? reason : `${reason} (${cause.name}, HTTP ${status})`;
  return new AppError(code, `${operation} ${subject}: ${answer}`, { subject, hint, cause });
}

function reasonOf({ name, message }: Error): string {
  // Nobody aborts requests but our own deadline (deadline.ts), whose reason the SDK keeps to itself.
  if (name === 'AbortError') return 'no answer within `bucket.requestTimeout`';
  return message === '' || message === 'UnknownError' ? name : message;
}

/** The error for an answer that HTTP calls a success and that lacks what every S3 store says. It must not pass for an empty bucket. */
export function notS3(operation: string, subject: string): AppError {
  return new AppError(NOT_S3.code, `${operation} ${subject}: the answer is not one of S3`, {
    subject,
    hint: NOT_S3.hint,
  });
}

function translate(cause: Error): Translation | undefined {
  const named = BY_NAME[cause.name];
  if (named !== undefined) return named;
  if (/deserialization error/i.test(cause.message)) return NOT_S3;
  if (/region is missing/i.test(cause.message)) return REGION;
  if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return NETWORK;
  const status = s3Status(cause);
  if (status !== undefined) return BY_STATUS[status] ?? (status >= 500 ? PASSING : REFUSED);
  const code = systemCode(cause);
  if (code === undefined) return undefined;
  return /CERT|SSL|TLS|SIGNATURE|EPROTO/.test(code) ? TLS : NETWORK;
}

/** The HTTP status that the store answered with; undefined when it did not answer. */
export function s3Status(cause: unknown): number | undefined {
  if (!(cause instanceof Error) || !('$metadata' in cause)) return undefined;
  const metadata = cause.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** True when the connection broke while the request was under way: whether it took effect is not known. */
export function brokeOff(cause: unknown): boolean {
  const code = systemCode(cause);
  return code === 'EPIPE' || code === 'ECONNRESET';
}

function systemCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}
