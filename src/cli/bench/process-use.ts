// What a process has used, as Linux tells it in /proc; other systems tell nothing.
import { readdirSync, readFileSync } from 'node:fs';

export type ProcessUse = {
  /** Processor time so far of each thread that lives, by its id. */
  readonly threadsUs: ReadonlyMap<string, number>;
  readonly rssMb: number;
};

/** Undefined where it cannot be known: the system, or a thread that ended just now. */
export function readProcessUse(pid: number | undefined): ProcessUse | undefined {
  if (process.platform !== 'linux' || pid === undefined) return undefined;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const rssKb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
    const threads = readdirSync(`/proc/${pid}/task`).map((thread): [string, number] => {
      const schedstat = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1');
      return [thread, Number(schedstat.split(' ', 1)[0]) / 1000];
    });
    return { threadsUs: new Map(threads), rssMb: rssKb / 1024 };
  } catch {
    // No such file: the kernel counts otherwise, or the thread is gone.
    return undefined;
  }
}

/** Undefined, too, when a thread has ended: what it used is gone with it. */
export function cpuUsBetween(
  before: ProcessUse | undefined,
  after: ProcessUse | undefined,
): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  if ([...before.threadsUs.keys()].some((thread) => !after.threadsUs.has(thread))) return undefined;
  return sum(after) - sum(before);
}

function sum({ threadsUs }: ProcessUse): number {
  return [...threadsUs.values()].reduce((total, us) => total + us, 0);
}
