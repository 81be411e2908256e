import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import type { CliHost } from '../../src/cli/cli-host.ts';
import type { Environment } from '../../src/core/config/option.ts';
import { ManualClock } from '../../src/core/runtime/manual-clock.ts';

/** A host for command lines in tests: what they write is kept, the world is what the test says. */
export interface RecordingHost extends CliHost {
  readonly output: () => string;
  readonly errors: () => string;
}

/** What a test says of the world. */
interface GivenHost {
  readonly env?: Environment;
  readonly directory?: string;
  readonly readFile?: CliHost['readFile'];
}

/** A host whose working directory is empty unless the test gives one. */
export function recordingHost(given: GivenHost = {}): RecordingHost {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (chunk: string | Uint8Array) => {
      written[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    },
    once: () => undefined,
  });
  return {
    stdin: Readable.from([]),
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    env: given.env ?? {},
    directory: given.directory ?? '/nonexistent',
    clock: new ManualClock(),
    signals: new EventEmitter(),
    coreCount: 2,
    version: '1.2.3',
    readFile: given.readFile ?? (() => ''),
    output: () => written.stdout,
    errors: () => written.stderr,
  };
}
