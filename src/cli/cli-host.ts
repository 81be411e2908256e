import type { Environment } from '../core/config/option.ts';
import type { Clock } from '../core/runtime/clock.ts';
import type { SignalSource } from '../core/runtime/lifecycle.ts';

/** A stream that text, or bytes, are written to. */
export interface TextOutput {
  /** False when the reader is behind: `writeOutput` waits for it. */
  write(chunk: string | Uint8Array): boolean;
  /** Calls back once there is room again, after `write` gave false. */
  once(event: 'drain', listener: () => void): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** The world around the command line: the process in production, whatever a test makes in tests. */
export interface CliHost {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  readonly env: Environment;
  readonly directory: string;
  readonly clock: Clock;
  readonly signals: SignalSource;
  readonly coreCount: number;
  readonly version: string;
  readonly readFile: (path: string) => string;
}
