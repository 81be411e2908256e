import { readFileSync } from 'node:fs';
import { must } from '../src/core/assert.ts';

/** Of `/proc/<pid>/stat` on every Linux: USER_HZ is part of its interface, whatever the kernel ticks with. */
const TICKS_PER_SECOND = 100;

/** What a process has used since its start. */
export interface ProcessUsage {
  /** User and system time of all its threads, those that ended too. */
  readonly cpuSeconds: number;
  /** The most memory it has held at any time. */
  readonly rssMaxBytes: number;
}

/** Reads `/proc` (proc(5)), so Linux only. The process must be running. */
export function processUsage(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  // The second field is the program's name in brackets, which may hold blanks. utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const kibibytes = must(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1], 'a running process has a VmHWM');
  return { cpuSeconds: ticks / TICKS_PER_SECOND, rssMaxBytes: Number(kibibytes) * 1024 };
}
