// The JavaScript heap a worker may use, from the memory of the function.
import {
  PROCESS_RESERVE_MB,
  STANDBY_RESERVE_MB,
  WORKER_HEAP_MB_MIN,
  WORKER_RESERVE_MB,
} from './limits.ts';

/**
 * Heap limit of one worker in MB, or undefined (Node's own default) outside Lambda, where the
 * function's memory is not known.
 *
 * Each lane's worker may fill its heap at the same time, so they share what is left. A standby has
 * the heap it has after Init and no more, so it takes a fixed part and no share.
 */
export function workerHeapMb(
  functionMemoryMb: number | undefined,
  lanes: number,
  standbys: number,
): number | undefined {
  if (functionMemoryMb === undefined) return undefined;
  const reservedMb =
    PROCESS_RESERVE_MB + WORKER_RESERVE_MB * (lanes - 1) + STANDBY_RESERVE_MB * standbys;
  return Math.max(WORKER_HEAP_MB_MIN, Math.floor((functionMemoryMb - reservedMb) / lanes));
}

/** What the platform says in `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`; undefined when it says nothing. */
export function parseFunctionMemory(text: string | undefined): number | undefined {
  const memoryMb = /^\d{1,7}$/.test(text ?? '') ? Number(text) : 0;
  return memoryMb === 0 ? undefined : memoryMb;
}
