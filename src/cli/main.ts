import { readFileSync } from 'node:fs';
import { keepCompiledCode, processCoreCount, processEnvironment } from '../core/config/process-environment.ts';
import { systemClock } from '../core/runtime/clock.ts';
import { formatError } from '../core/runtime/error-report.ts';
import { EXIT_CODES } from '../core/runtime/exit-codes.ts';
import { COMMANDS } from './commands.ts';
import { packageVersion } from './package-version.ts';
import { runCli } from './run-cli.ts';

// The main program: gives the command line its process.

// A reader that went away (`bss archive cat orders | head`) ends the program as the signal would: quietly.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT_CODES.sigpipe : EXIT_CODES.error);
  });
}

process.on('uncaughtException', (error) => {
  process.stderr.write(formatError(error));
  process.exit(EXIT_CODES.bug);
});

keepCompiledCode();

const exitCode = await runCli(
  process.argv.slice(2),
  {
    // Opened when it is used, since a terminal that is read from is another one.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: processEnvironment(),
    directory: process.cwd(),
    clock: systemClock,
    signals: process,
    coreCount: processCoreCount(),
    version: packageVersion(),
    readFile: (path) => readFileSync(path, 'utf8'),
  },
  COMMANDS,
);

// Not left to the event loop: a socket that some library keeps open must not keep the program alive. What was written
// to a pipe goes out first; if that fails, the listener above ends the program.
process.stdout.write('', (error) => {
  if (error === null || error === undefined) process.exit(exitCode);
});
