// A /proc of a test's own.
import type { ProcSource } from '../../../src/os/process-table.ts';

export type ScriptedProcess = {
  readonly pid: number;
  readonly parentPid: number;
  readonly name?: string;
  readonly command?: string;
  readonly state?: string;
  /** Since the boot; 0 when not given. */
  readonly startedS?: number;
};

export type ScriptedProc = {
  readonly rows: readonly ScriptedProcess[];
  readonly ownPid?: number;
  readonly nowEpochMs?: number;
  readonly uptimeS?: number;
  /** Whatever else can be read, by its path. */
  readonly files?: Readonly<Record<string, string>>;
};

/** Reads `proc` anew at each call, so that a test may change it. */
export function procOf(proc: ScriptedProc): ProcSource {
  const files = (): Map<string, string> => {
    const { rows, uptimeS = 1000 } = proc;
    return new Map([
      ['/proc/uptime', `${uptimeS.toFixed(2)} 1.00\n`],
      ...rows.flatMap(filesOf),
      ...Object.entries(proc.files ?? {}),
    ]);
  };
  return {
    ownPid: proc.ownPid ?? 100,
    readText: (path) => files().get(path),
    listFolder: () => ['self', 'uptime', ...proc.rows.map(({ pid }) => String(pid))],
    nowEpochMs: () => proc.nowEpochMs ?? 1_000_000,
  };
}

function filesOf(row: ScriptedProcess): [string, string][] {
  const { pid, parentPid, name = 'sh', command = '', state = 'S', startedS = 0 } = row;
  const zeros = Array(17).fill('0').join(' ');
  return [
    [`/proc/${pid}/stat`, `${pid} (${name}) ${state} ${parentPid} ${zeros} ${startedS * 100} 0 0`],
    [`/proc/${pid}/cmdline`, command],
  ];
}
