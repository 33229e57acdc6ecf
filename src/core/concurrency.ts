// How many invocations an environment takes at once, on how many threads: Managed Instances
// (contract, section 3.2; rows A10.1 and A10.2 of the reference client's behaviour).
import { CLAIM_CELLS } from './claim-board.ts';
import { RuntimeError } from './errors.ts';
import {
  LANE_FILES,
  LANES_MAX,
  PROCESS_FILES,
  PROCESS_RESERVE_MB,
  THREAD_FILES,
  THREADS_MAX,
  THREADS_PER_CPU,
  WORKER_HEAP_MB_MIN,
  WORKER_RESERVE_MB,
} from './limits.ts';
import type { Env } from './settings.ts';

/** What the machine has to give. */
export type Capacities = {
  /** Processors, whole ones; a part counts as one. */
  readonly cpuCount: number;
  /** Files that the process may have open; undefined: not known. */
  readonly fileLimit: number | undefined;
  /** Undefined outside Lambda. */
  readonly functionMemoryMb: number | undefined;
};

export type Concurrency = {
  /** Polls that are parked and invocations that run, at most, together. */
  readonly laneCount: number;
  /** Threads that serve. */
  readonly threadCount: number;
  /** Invocations that one thread takes at once. */
  readonly room: number;
  readonly cpuCount: number;
  /** Why it is less than was asked for, in words; undefined: it is not. */
  readonly shortage: string | undefined;
};

/** `several`: a thread takes several at once; `one`: it takes one; `main`: there is one thread. */
export type Sharing = 'several' | 'one' | 'main';

const LANES = 'AWS_LAMBDA_MAX_CONCURRENCY';
const THREADS = 'AWS_LAMBDA_NODEJS_WORKER_COUNT';

/**
 * One lane and one thread without `AWS_LAMBDA_MAX_CONCURRENCY`. An empty one says that there are
 * several events at once and not how many: as many as there are threads, as with the reference
 * client.
 *
 * @throws RuntimeError `Runtime.InvalidSetting` naming the variable, its value and what it accepts.
 */
export function planConcurrency(
  env: Env,
  capacities: () => Capacities,
  sharing: Sharing,
): Concurrency {
  if (env[LANES] === undefined) {
    return { laneCount: 1, threadCount: 1, room: 1, cpuCount: 1, shortage: undefined };
  }
  const { cpuCount, fileLimit, functionMemoryMb } = capacities();
  const wantedLanes = wholeNumber(env, LANES, LANES_MAX);
  const wantedThreads = wholeNumber(env, THREADS, THREADS_MAX);
  if (sharing === 'main') {
    const plan = { laneCount: 1, threadCount: 1, room: 1, cpuCount };
    return { ...plan, shortage: toShortage(plan, wantedLanes ?? 1, ON_MAIN) };
  }
  // Who asks for one invocation in each thread asks for as many threads.
  const byDefault = sharing === 'one' ? wantedLanes : undefined;
  const fitting = Math.min(
    byDefault ?? THREADS_PER_CPU * cpuCount,
    threadsInMemory(functionMemoryMb),
  );
  const threads = Math.min(wantedThreads ?? fitting, wantedLanes ?? Number.POSITIVE_INFINITY);
  const files = (fileLimit ?? Number.POSITIVE_INFINITY) - PROCESS_FILES;
  const threadCount = clamp(threads, Math.floor(files / (THREAD_FILES + LANE_FILES)));
  const lanes = sharing === 'one' ? threadCount : (wantedLanes ?? threadCount);
  const claimable = Math.min(lanes, threadCount * (CLAIM_CELLS - 1));
  const laneCount = clamp(claimable, Math.floor((files - threadCount * THREAD_FILES) / LANE_FILES));
  const room = Math.ceil(laneCount / threadCount);
  const plan = { laneCount, threadCount, room, cpuCount };
  const isShortOfFiles = laneCount < claimable || threadCount < threads;
  const why = isShortOfFiles
    ? `the process may open ${fileLimit} files`
    : `${threadCount} threads take ${room === 1 ? 'one' : room} each`;
  return { ...plan, shortage: toShortage(plan, wantedLanes ?? laneCount, why) };
}

const ON_MAIN = 'BULKHEAD_ISOLATION=none has the main thread alone';

function toShortage(
  { laneCount }: Pick<Concurrency, 'laneCount'>,
  wanted: number,
  why: string,
): string | undefined {
  if (laneCount >= wanted) return undefined;
  return `Takes ${laneCount} events at once instead of ${LANES}=${wanted}: ${why}`;
}

/** With the smallest heap that can load a common handler. */
function threadsInMemory(functionMemoryMb: number | undefined): number {
  if (functionMemoryMb === undefined) return THREADS_MAX;
  const forThreads = functionMemoryMb - PROCESS_RESERVE_MB + WORKER_RESERVE_MB;
  return Math.max(1, Math.floor(forThreads / (WORKER_HEAP_MB_MIN + WORKER_RESERVE_MB)));
}

function clamp(count: number, most: number): number {
  return Math.max(1, Math.min(count, most));
}

function wholeNumber(env: Env, variable: string, max: number): number | undefined {
  const text = env[variable]?.trim();
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new RuntimeError(
    'Runtime.InvalidSetting',
    `Cannot use ${variable}="${env[variable]}": it accepts a whole number from 1 to ${max}`,
  );
}
