// What a runtime process has used, read from /proc: processor time and memory.
import { readdirSync, readFileSync } from 'node:fs';

export type ProcessStats = {
  /** Processor time of all threads so far, in microseconds. */
  readonly cpuUs: number;
  /** Resident memory now, and the most that it ever was, in kilobytes. */
  readonly rssKb: number;
  readonly rssPeakKb: number;
};

/** Linux gives processor time in these ticks, 100 a second on every platform that Node runs on. */
const TICK_US = 10_000;

export function readProcessStats(pid: number): ProcessStats {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return {
    cpuUs: threadsCpuUs(pid) ?? ticksCpuUs(pid),
    rssKb: kilobytes(status, 'VmRSS'),
    rssPeakKb: kilobytes(status, 'VmHWM'),
  };
}

/** Exact to the nanosecond, but without threads that have ended; a warm loop ends none. */
function threadsCpuUs(pid: number): number | undefined {
  let nanoseconds = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const schedstat = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1');
      nanoseconds += Number(schedstat.split(' ', 1)[0]);
    }
  } catch {
    // A kernel without scheduler statistics, or a thread that ended between the two reads.
    return undefined;
  }
  return nanoseconds > 0 ? nanoseconds / 1000 : undefined;
}

function ticksCpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in brackets may hold blanks; utime and stime are fields 14 and 15 of the line.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
}
