// What Linux tells of processes in /proc (proc(5)), read at one moment.
import { readdirSync, readFileSync } from 'node:fs';

export type ProcessRow = {
  readonly pid: number;
  readonly parentPid: number;
  /** Name of the program, at most 15 characters. */
  readonly name: string;
  /** One letter: R, S, D, T, t, Z, X, I. */
  readonly state: string;
  /** Time of its start, in ticks of TICKS_PER_S since the boot. */
  readonly startedTicks: number;
};

/** Where the facts come from; tests hand in their own. */
export type ProcSource = {
  readonly ownPid: number;
  /** Undefined when it is not there, or not for us. */
  readonly readText: (path: string) => string | undefined;
  /** Empty when it is not there. */
  readonly listFolder: (path: string) => readonly string[];
  readonly nowEpochMs: () => number;
};

/** `USER_HZ`: 100 on every architecture that Lambda and Node have. */
const TICKS_PER_S = 100;
/** One tick of the start time and one of the uptime, both cut off, ms. */
const GRANULARITY_MS = 20;
/** A longer command line is cut, characters. */
const COMMAND_CHARS_MAX = 200;

export const procSource: ProcSource = {
  ownPid: process.pid,
  readText(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      // Not Linux, or the process has ended meanwhile: a fact that is not to be had.
      return undefined;
    }
  },
  listFolder(path) {
    try {
      return readdirSync(path);
    } catch {
      // As above.
      return [];
    }
  },
  nowEpochMs: () => Date.now(),
};

/** One line of `/proc/<pid>/stat`; undefined when it is none. */
export function parseStat(text: string): ProcessRow | undefined {
  // The name stands in parentheses and may hold spaces and parentheses: the last one ends it.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return undefined;
  const rest = text
    .slice(close + 1)
    .trim()
    .split(' ');
  const row: ProcessRow = {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    // Fields 3, 4 and 22 of the line.
    state: rest[0] ?? '',
    parentPid: Number(rest[1]),
    startedTicks: Number(rest[19]),
  };
  const { pid, parentPid, startedTicks } = row;
  return [pid, parentPid, startedTicks].every(Number.isSafeInteger) && pid > 0 ? row : undefined;
}

export function readProcess(source: ProcSource, pid: number): ProcessRow | undefined {
  const text = source.readText(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** All that can be seen; those that end meanwhile are missing. */
export function readProcesses(source: ProcSource): readonly ProcessRow[] {
  return source
    .listFolder('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(source, Number(name)) ?? []);
}

/** Whether a process has started at that time or later; false where that cannot be told.
 *
 * @param sinceEpochMs counted back from now by a clock that stands still in a freeze, as ages do.
 */
export function startedSince(source: ProcSource, row: ProcessRow, sinceEpochMs: number): boolean {
  const uptimeS = Number(source.readText('/proc/uptime')?.split(' ')[0]);
  // Counted back from now: the time of the boot does not know of a freeze, nor of a set clock.
  const ageMs = (uptimeS - row.startedTicks / TICKS_PER_S) * 1000;
  return source.nowEpochMs() - ageMs >= sinceEpochMs - GRANULARITY_MS;
}

/** As it was started, its arguments parted by spaces; else the name of the program. */
export function readCommand(source: ProcSource, row: ProcessRow): string {
  const line = source.readText(`/proc/${row.pid}/cmdline`)?.replaceAll('\0', ' ').trim();
  if (!line) return row.name;
  return line.length <= COMMAND_CHARS_MAX ? line : `${line.slice(0, COMMAND_CHARS_MAX)} ...`;
}
