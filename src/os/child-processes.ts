// The child processes that a thread waits for, and their end: a thread inside `execSync` or
// `spawnSync` does not end before they do, whatever it is told.
import {
  type ProcessRow,
  type ProcSource,
  procSource,
  readCommand,
  readProcess,
  readProcesses,
  startedSince,
} from './process-table.ts';

export type ChildProcess = { readonly pid: number; readonly command: string };

/** Children of a thread, and those that may as well be another thread's. */
export type ChildrenToEnd = {
  readonly own: readonly ChildProcess[];
  readonly doubtful: readonly ChildProcess[];
};

export type SendSignal = (pid: number, signal: 'SIGSTOP' | 'SIGKILL') => void;

/** A tree that still grows after so many looks is ended as far as it is known. */
const LOOKS_MAX = 20;

/**
 * Child processes that the thread waits for, as far as can be told: those it has started since that
 * time and that are still running. The kernel of some systems does not say which thread has started
 * a process; there it is all that this process has started since. Linux only, empty elsewhere.
 *
 * @param osThreadId as in `/proc/self/task`; undefined: not known.
 */
export function childrenOfThread(
  osThreadId: number | undefined,
  sinceEpochMs: number,
  source: ProcSource = procSource,
): readonly ChildProcess[] {
  const { rows } = childRows(osThreadId, sinceEpochMs, source);
  return rows.map((row) => toChild(source, row));
}

/**
 * The same children, by whether they may be ended with the thread. Where the kernel does not say
 * whose they are, those are the thread's own that were started before there was another thread
 * that starts children.
 *
 * @param othersSinceEpochMs `Infinity`: there has been no other.
 */
export function childrenToEnd(
  osThreadId: number | undefined,
  sinceEpochMs: number,
  othersSinceEpochMs: number,
  source: ProcSource = procSource,
): ChildrenToEnd {
  const { rows, areOfThread } = childRows(osThreadId, sinceEpochMs, source);
  const isOwn = (row: ProcessRow): boolean =>
    areOfThread || !startedSince(source, row, othersSinceEpochMs);
  return {
    own: rows.filter(isOwn).map((row) => toChild(source, row)),
    doubtful: rows.filter((row) => !isOwn(row)).map((row) => toChild(source, row)),
  };
}

/**
 * SIGKILL to these and all their descendants. Whoever is no child of this process, any more or at
 * all, is left alone: its number may be another's by now. Never throws.
 */
export function endProcessTrees(
  children: readonly ChildProcess[],
  source: ProcSource = procSource,
  send: SendSignal = sendSignal,
): void {
  const roots = new Set(children.map(({ pid }) => pid));
  const tree = new Set<number>();
  // First they are stopped, so that none starts another, then they are ended, all at once.
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const found = treeOf(roots, readProcesses(source), source).filter((pid) => !tree.has(pid));
    if (found.length === 0) break;
    for (const pid of found) {
      tree.add(pid);
      send(pid, 'SIGSTOP');
    }
  }
  for (const pid of tree) send(pid, 'SIGKILL');
}

function childRows(
  osThreadId: number | undefined,
  sinceEpochMs: number,
  source: ProcSource,
): { readonly rows: readonly ProcessRow[]; readonly areOfThread: boolean } {
  const path = `/proc/self/task/${osThreadId}/children`;
  const listed = osThreadId === undefined ? undefined : source.readText(path);
  const rows =
    listed === undefined
      ? readProcesses(source)
      : listed.split(' ').flatMap((pid) => readProcess(source, Number(pid)) ?? []);
  return {
    areOfThread: listed !== undefined,
    rows: rows
      .filter((row) => isChild(source, row) && !hasEnded(row))
      .filter((row) => startedSince(source, row, sinceEpochMs)),
  };
}

function toChild(source: ProcSource, row: ProcessRow): ChildProcess {
  return { pid: row.pid, command: readCommand(source, row) };
}

/** Parents come before their children. */
function treeOf(
  roots: ReadonlySet<number>,
  rows: readonly ProcessRow[],
  source: ProcSource,
): readonly number[] {
  const running = rows.filter((row) => row.pid !== source.ownPid && !hasEnded(row));
  const tree = new Set<number>();
  for (const row of running) if (roots.has(row.pid) && isChild(source, row)) tree.add(row.pid);
  // What is added while the set is walked is walked as well.
  for (const parent of tree) {
    for (const row of running) if (row.parentPid === parent) tree.add(row.pid);
  }
  return [...tree];
}

function isChild({ ownPid }: ProcSource, { pid, parentPid }: ProcessRow): boolean {
  return parentPid === ownPid && pid !== ownPid;
}

/** Over, but its parent has not taken notice. */
function hasEnded({ state }: ProcessRow): boolean {
  return state === 'Z' || state === 'X';
}

const sendSignal: SendSignal = (pid, signal) => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself, or belongs to another user: there is nothing that can be done.
  }
};
