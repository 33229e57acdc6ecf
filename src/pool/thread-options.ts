// What Node is told of a thread that it is to start.
import type { ResourceLimits, WorkerOptions } from 'node:worker_threads';
import { toCacheVariables } from '../core/compile-cache.ts';
import { WORKER_YOUNG_MB } from '../core/limits.ts';
import type { WorkerSetup } from '../core/thread-protocol.ts';

type ThreadSetup = Pick<WorkerSetup, 'argv' | 'compileCache' | 'hasOwnPreloads'>;

/** What the text of `--eval` is written in: Node refuses a file beside it. And what the guardian
 * has set for the supervisor: handlers would find it in `process.execArgv`, hand it on to threads
 * of their own, and be refused. */
const NOT_FOR_THREADS = ['--input-type', '--max-semi-space-size'];

/** @param execArgv of the process: the options of Node itself. */
export function toWorkerOptions(
  { argv, compileCache, hasOwnPreloads }: ThreadSetup,
  heapLimitMb: number | undefined,
  execArgv: readonly string[] = process.execArgv,
): WorkerOptions {
  return {
    // For preloads: the thread's own code comes after them.
    argv: [...argv],
    // With options of its own a thread reads NODE_OPTIONS again, instead of having its parent's.
    // Not all options of a process are taken by a thread that is given them.
    ...(hasOwnPreloads || execArgv.some(isNotForThreads) ? { execArgv: [] } : {}),
    trackUnmanagedFds: true,
    // Node has to know before it reads the thread's own code.
    ...(compileCache && { env: { ...process.env, ...toCacheVariables(compileCache) } }),
    ...(heapLimitMb === undefined ? {} : { resourceLimits: toResourceLimits(heapLimitMb) }),
  };
}

function isNotForThreads(option: string): boolean {
  return NOT_FOR_THREADS.includes(option.split('=')[0] ?? '');
}

function toResourceLimits(heapLimitMb: number): ResourceLimits {
  return { maxOldGenerationSizeMb: heapLimitMb, maxYoungGenerationSizeMb: WORKER_YOUNG_MB };
}
