// How many processors this process may use.
import { type ProcSource, procSource } from './process-table.ts';

/**
 * Whole processors, a part counts as one: by the control group (version 2, `cpu.max`), as the
 * reference client reads it (row A10.2), and never more than the system schedules us on.
 */
export function cpuCount(
  source: ProcSource = procSource,
  available: () => number = askSystem,
): number {
  const [quota = '', period = ''] = (source.readText('/sys/fs/cgroup/cpu.max') ?? '').split(/\s+/);
  const share = Math.ceil(Number(quota) / Number(period));
  const count = Math.max(1, available());
  return Number.isFinite(share) && share >= 1 ? Math.min(share, count) : count;
}

/** The module is loaded only where it is asked: with one event at a time nobody does. */
function askSystem(): number {
  return process.getBuiltinModule('node:os').availableParallelism();
}
