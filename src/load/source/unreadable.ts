import { AppError } from '../../core/errors.ts';

/** What else is known of an input that cannot be read. */
export interface UnreadableContext {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** The error for an input that cannot be read, or not to its end: `cannot read NAME: REASON`. */
export function unreadable(name: string, reason: string, context: UnreadableContext = {}): AppError {
  return new AppError('LOAD_INPUT_UNREADABLE', `cannot read ${name}: ${reason}`, { subject: name, ...context });
}

/** What an error says. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
