// No child outlives its host: every live process group is known here and killed when the host ends.
// Only SIGKILL of the host itself cannot be answered.

const groups = new Set<number>();

const FATAL_SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/** Kills the group of `pid` when this process ends, until it is released. */
export function guardGroup(pid: number): void {
  if (groups.size === 0) {
    process.on('exit', killAll);
    for (const signal of FATAL_SIGNALS) process.on(signal, onFatalSignal);
  }
  groups.add(pid);
}

export function releaseGroup(pid: number): void {
  if (!groups.delete(pid) || groups.size > 0) return;
  process.off('exit', killAll);
  for (const signal of FATAL_SIGNALS) process.off(signal, onFatalSignal);
}

/** Signals a whole process group; false when there is none. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    // ESRCH: the group is gone already, which is what was wanted.
    return false;
  }
}

function killAll(): void {
  for (const pid of groups) killGroup(pid, 'SIGKILL');
}

/** Listening to a signal switches its effect off, so without other listeners it is restored. */
function onFatalSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  killAll();
  process.off(signal, onFatalSignal);
  process.kill(process.pid, signal);
}
