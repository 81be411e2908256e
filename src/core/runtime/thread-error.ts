import { AppError, type ErrorCode } from '../errors.ts';

/** Errors do not survive the way between threads as they are: an operating error travels as its parts. */
export interface ThreadError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly subject: string | undefined;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

/** What of an error is sent. */
export function errorParts(error: unknown): ThreadError {
  const stack = error instanceof Error ? error.stack : undefined;
  if (error instanceof AppError) {
    const { code, message, subject, hint } = error;
    return { code, message, subject, hint, stack };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: undefined, message, subject: undefined, hint: undefined, stack };
}

/** The error again, with the stack that it had in its thread. */
export function revive({ code, message, subject, hint, stack }: ThreadError): Error {
  const error = code === undefined ? new Error(message) : new AppError(code, message, { subject, hint });
  if (stack !== undefined) error.stack = stack;
  return error;
}
