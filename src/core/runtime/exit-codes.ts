/** What the program's exit codes mean. Documented in docs/cli.md. */
export const EXIT_CODES = {
  /** Done, or stopped in good order after a signal. */
  ok: 0,
  /** An operating error: code, message and hint are on stderr. */
  error: 1,
  /** The command line or the configuration cannot be understood. */
  usage: 2,
  /** The check that was asked for ran to its end and found something. */
  findings: 3,
  /** Of `deploy`: a person is to do something; a further call of the command goes on. */
  waiting: 4,
  /** A bug: an assertion failed. */
  bug: 70,
  /** Cut short by a second SIGINT; of `reload`, left by the first one. */
  sigint: 130,
  /** The reader of the output went away, as with `| head`. */
  sigpipe: 141,
  /** Cut short by a second SIGTERM. */
  sigterm: 143,
} as const;
