// What Node is told of a thread that it is to start.
import type { ResourceLimits, WorkerOptions } from 'node:worker_threads';
import { WORKER_YOUNG_MB } from '../core/limits.ts';
import type { WorkerSetup } from '../core/thread-protocol.ts';

/** Says what the text of `--eval` is written in; Node refuses a file beside it. */
const INPUT_TYPE = '--input-type';

/** @param execArgv of the process: the options of Node itself. */
export function toWorkerOptions(
  setup: Pick<WorkerSetup, 'argv' | 'hasOwnPreloads'>,
  heapLimitMb: number | undefined,
  execArgv: readonly string[] = process.execArgv,
): WorkerOptions {
  return {
    // For preloads: the thread's own code comes after them.
    argv: [...setup.argv],
    // With options of its own a thread reads NODE_OPTIONS again, instead of having its parent's.
    // Not all options of a process are taken by a thread that is given them.
    ...(setup.hasOwnPreloads || hasInputType(execArgv) ? { execArgv: [] } : {}),
    trackUnmanagedFds: true,
    ...(heapLimitMb === undefined ? {} : { resourceLimits: toResourceLimits(heapLimitMb) }),
  };
}

function hasInputType(execArgv: readonly string[]): boolean {
  return execArgv.some((option) => option.split('=')[0] === INPUT_TYPE);
}

function toResourceLimits(heapLimitMb: number): ResourceLimits {
  return { maxOldGenerationSizeMb: heapLimitMb, maxYoungGenerationSizeMb: WORKER_YOUNG_MB };
}
