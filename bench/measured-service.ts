import { closeSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { must } from '../src/core/assert.ts';
import { AppError } from '../src/core/errors.ts';
import { type BssServiceOptions, startBss } from '../src/demo/bss-service.ts';
import type { OurRun } from './paired-runs.ts';
import { processUsage, type ProcessUsage } from './process-usage.ts';

/** A line of the service's log: time in milliseconds since 1970, message, and its fields. */
export interface LogLine {
  readonly time: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** From when to when a service worked on the measured records, milliseconds since 1970 by its own clock. */
export interface WorkSpan {
  readonly startMs: number;
  readonly endMs: number;
}

const SAMPLE_EVERY_MS = 50;
const RUN_TIMEOUT_MS = 5 * 60_000;
/** Of pino's levels. */
const ERROR_LEVEL = 50;

/**
 * Starts the service, looks every few milliseconds at what it has used, its log and whatever `span` looks at, until
 * `span` knows when the work began and ended; then ends the service. The whole process counts: all its threads, and the
 * memory that starting it took; not the time. Looking is synchronous: it takes less of the cores that the two share.
 */
export async function measureService(
  options: BssServiceOptions,
  records: number,
  span: (log: readonly LogLine[]) => Promise<WorkSpan | undefined> | WorkSpan | undefined,
): Promise<OurRun> {
  const service = await startBss(options);
  const file = openSync(service.logPath, 'r');
  try {
    const samples: (ProcessUsage & { readonly atMs: number })[] = [];
    const lines = new LogLines(file);
    const sample = (): void => void samples.push({ atMs: Date.now(), ...processUsage(service.pid) });
    for (const deadlineMs = Date.now() + RUN_TIMEOUT_MS; ;) {
      sample();
      const log = lines.read();
      const failed = log.find(({ level }) => Number(level) >= ERROR_LEVEL);
      if (failed !== undefined) throw failure(options.command, 'has a problem', failed);
      const found = await span(log);
      if (found !== undefined) {
        sample();
        return ourRun(samples, records, found);
      }
      if (Date.now() > deadlineMs) throw failure(options.command, `is not done after ${RUN_TIMEOUT_MS} ms`, log.at(-1));
      await sleep(SAMPLE_EVERY_MS);
    }
  } catch (error) {
    // Whatever is wrong with a process that has ended, its log tells it.
    service.expectRunning();
    throw error;
  } finally {
    closeSync(file);
    await service.stop(10_000);
  }
}

function ourRun(
  samples: readonly (ProcessUsage & { readonly atMs: number })[],
  records: number,
  { startMs, endMs }: WorkSpan,
): OurRun {
  const last = must(samples.at(-1), 'there are samples');
  const before = samples.findLast(({ atMs }) => atMs <= startMs) ?? must(samples[0], 'there are samples');
  const after = samples.find(({ atMs }) => atMs >= endMs) ?? last;
  return {
    recordsPerSecond: Math.round((records * 1000) / (endMs - startMs)),
    cpuSecondsPerMillion: Number((((after.cpuSeconds - before.cpuSeconds) * 1e6) / records).toFixed(3)),
    rssMaxBytes: last.rssMaxBytes,
  };
}

function failure(command: string, what: string, line: LogLine | undefined): AppError {
  return new AppError('SETUP_FAILED', `bss ${command} ${what}: ${JSON.stringify(line)}`, { subject: command });
}

/** The lines of a log that grows. */
class LogLines {
  readonly #file: number;
  readonly #lines: LogLine[] = [];
  readonly #buffer = Buffer.alloc(64 * 1024);
  #rest = '';

  constructor(file: number) {
    this.#file = file;
  }

  read(): readonly LogLine[] {
    for (;;) {
      const bytesRead = readSync(this.#file, this.#buffer);
      if (bytesRead === 0) return this.#lines;
      const texts = (this.#rest + this.#buffer.toString('latin1', 0, bytesRead)).split('\n');
      this.#rest = texts.pop() ?? '';
      for (const text of texts) this.#lines.push(parseLine(text));
    }
  }
}

function parseLine(text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'time' in value && 'msg' in value) {
      return { ...value, time: Number(value.time), msg: String(value.msg) };
    }
  } catch {
    // An error report on the way out is not JSON; it is shown as it is.
  }
  return { time: Date.now(), msg: text };
}
