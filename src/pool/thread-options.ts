// What Node is told of a thread that it is to start.
import type { ResourceLimits, WorkerOptions } from 'node:worker_threads';
import { WORKER_YOUNG_MB } from '../core/limits.ts';
import type { WorkerSetup } from '../core/thread-protocol.ts';

/** Says what the text of `--eval` is written in; Node refuses it beside a file. */
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
    ...toExecArgv(setup.hasOwnPreloads ? [] : execArgv, execArgv),
    trackUnmanagedFds: true,
    ...(heapLimitMb === undefined ? {} : { resourceLimits: toResourceLimits(heapLimitMb) }),
  };
}

/** With options of its own a thread reads NODE_OPTIONS again, instead of having its parent's. */
function toExecArgv(wanted: readonly string[], own: readonly string[]): WorkerOptions {
  const at = wanted.findIndex((option) => option.split('=')[0] === INPUT_TYPE);
  if (at === -1) return wanted === own ? {} : { execArgv: [...wanted] };
  const isPair = wanted[at] === INPUT_TYPE;
  return { execArgv: wanted.toSpliced(at, isPair ? 2 : 1) };
}

function toResourceLimits(heapLimitMb: number): ResourceLimits {
  return { maxOldGenerationSizeMb: heapLimitMb, maxYoungGenerationSizeMb: WORKER_YOUNG_MB };
}
