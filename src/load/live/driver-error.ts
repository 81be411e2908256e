import { AppError, isAppError } from '../../core/errors.ts';

/** The answer of a database's driver about a table; its errors in our words. @throws LOAD_INPUT_UNREADABLE */
export async function translated<T>(table: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (isAppError(cause)) throw cause;
    throw new AppError('LOAD_INPUT_UNREADABLE', `the table ${table} cannot be read: ${driverReason(cause)}`, {
      subject: table,
      cause,
    });
  }
}

/** What a driver says; of several addresses that were tried in vain, all that they said. */
export function driverReason(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(driverReason).join('; ');
  return cause instanceof Error ? cause.message : String(cause);
}
