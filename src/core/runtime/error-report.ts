import { isAppError } from '../errors.ts';

/** An error as it is shown to people and written in logs. */
export interface ErrorReport {
  /** The stable code of an operating error; undefined for a bug. */
  readonly code: string | undefined;
  readonly message: string;
  readonly subject: string | undefined;
  readonly hint: string | undefined;
  /** Messages of what caused it, nearest first. */
  readonly causes: readonly string[];
  /** Only of bugs: an operating error explains itself. */
  readonly stack: string | undefined;
}

/** Chains of causes are cut here: they may be circular. */
const CAUSES_MAX = 5;

/** Describes anything that was thrown. */
export function reportError(error: unknown): ErrorReport {
  const app = isAppError(error) ? error : undefined;
  return {
    code: app?.code,
    message: messageOf(error),
    subject: app?.subject,
    hint: app?.hint,
    causes: causesOf(error),
    stack: app === undefined && error instanceof Error ? error.stack : undefined,
  };
}

/** The error as the end of a sentence, with the code to search for. */
export function reasonOf(error: unknown): string {
  return isAppError(error) ? `${error.message} (${error.code})` : messageOf(error);
}

/** The error for a terminal: what happened, why, what to do, and the code to search for. */
export function formatError(error: unknown): string {
  const report = reportError(error);
  const lines = [`error: ${report.message}`];
  for (const cause of report.causes) lines.push(`  caused by: ${cause}`);
  if (report.hint !== undefined) lines.push(...indented('hint', report.hint));
  if (report.code !== undefined) lines.push(`  code: ${report.code}`);
  if (report.stack !== undefined) lines.push('This is a bug of bss. Please report it with:', report.stack);
  return `${lines.join('\n')}\n`;
}

/** The error as one line of JSON, for programs that call this one. */
export function formatErrorJson(error: unknown): string {
  return `${JSON.stringify({ error: reportError(error) })}\n`;
}

function indented(name: string, text: string): string[] {
  return text.split('\n').map((line, index) => (index === 0 ? `  ${name}: ${line}` : `    ${line}`));
}

function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let last = messageOf(error);
  for (let cause = causeOf(error); cause !== undefined && causes.length < CAUSES_MAX; cause = causeOf(cause)) {
    const message = messageOf(cause);
    // Several errors in one without a word of its own: what is in it says more.
    if (cause instanceof AggregateError && cause.message === '') continue;
    // What was said already is not said twice.
    if (!last.endsWith(message)) causes.push(message);
    last = message;
  }
  return causes;
}

function causeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  if (error.cause !== undefined) return error.cause;
  // Several at once, such as one refused connection per address: the first stands for all.
  return error instanceof AggregateError ? error.errors[0] : undefined;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // OpenSSL's messages end with a line break.
  if (error.message !== '') return error.message.trimEnd();
  const code = 'code' in error ? String(error.code) : '';
  return code === '' ? error.name : code;
}
