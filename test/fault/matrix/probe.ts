// What a process holds of the machine, read from /proc.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

export type Footprint = {
  readonly threads: number;
  /** Other processes of its group: what it has started, unless that made a group of its own. */
  readonly children: number;
  readonly descriptors: number;
  readonly rssMb: number;
};

/** /proc sends no events: it is read this often while something settles. */
const LOOK_MS = 20;
/** As many looks in a row have to agree. */
const STEADY_LOOKS = 4;

/** Undefined: there is no such process, or no longer. */
export function readFootprint(pid: number): Footprint | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const rssKb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    return {
      threads: readdirSync(`/proc/${pid}/task`).length,
      children: groupSize(pid) - 1,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      rssMb: Math.round(rssKb / 102.4) / 10,
    };
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/**
 * Waits until the process holds no more than `target`, or, without one, until it holds still; for
 * at most `msMax`. Returns what it holds then, or undefined when it has ended.
 */
export async function settle(
  pid: number,
  msMax: number,
  target?: Footprint,
): Promise<Footprint | undefined> {
  const endMs = performance.now() + msMax;
  let last = readFootprint(pid);
  for (let agreed = 1; agreed < STEADY_LOOKS && performance.now() < endMs; ) {
    await wait(LOOK_MS);
    const now = readFootprint(pid);
    if (now === undefined || last === undefined) return undefined;
    const isSteady = target === undefined ? isSame(now, last) : isWithin(now, target);
    agreed = isSteady ? agreed + 1 : 0;
    last = now;
  }
  return last;
}

/** What is there now and was not before; negative: what was there and is not now. */
export function difference(now: Footprint, before: Footprint): Footprint {
  return {
    threads: now.threads - before.threads,
    children: now.children - before.children,
    descriptors: now.descriptors - before.descriptors,
    rssMb: Math.round((now.rssMb - before.rssMb) * 10) / 10,
  };
}

/** Memory goes up and down by itself; the other three are whole things. */
function isSame(one: Footprint, other: Footprint): boolean {
  return (
    one.threads === other.threads &&
    one.children === other.children &&
    one.descriptors === other.descriptors
  );
}

/** Exactly as many threads: fewer means that a replacement is still to come. */
function isWithin(now: Footprint, target: Footprint): boolean {
  return (
    now.threads === target.threads &&
    now.children <= target.children &&
    now.descriptors <= target.descriptors
  );
}

/** Processes of the group that `pid` is in, itself included; zombies do not count. */
function groupSize(pid: number): number {
  const group = readStat(pid)?.group;
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return others.filter((name) => {
    const stat = readStat(Number(name));
    return stat?.group === group && stat?.state !== 'Z';
  }).length;
}

function readStat(pid: number): { readonly state: string; readonly group: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in brackets may hold blanks; state, parent and group follow it.
    const [state = '', , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, group: Number(group) };
  } catch {
    // It has ended since the folder was read.
    return undefined;
  }
}
