// The JavaScript heap a worker may use, from the memory of the function.
import { PROCESS_RESERVE_MB, WORKER_HEAP_MB_MIN } from './limits.ts';

/**
 * Heap limit of one worker in MB, or undefined (Node's own default) outside Lambda, where the
 * function's memory is not known.
 *
 * A standby shares the function's memory only while it waits, with a heap just after Init, so the
 * limit is not divided by the number of standbys.
 */
export function workerHeapMb(
  functionMemoryMb: string | undefined,
  lanes: number,
): number | undefined {
  const memoryMb = /^\d{1,7}$/.test(functionMemoryMb ?? '') ? Number(functionMemoryMb) : 0;
  if (memoryMb === 0) return undefined;
  return Math.max(WORKER_HEAP_MB_MIN, Math.floor((memoryMb - PROCESS_RESERVE_MB) / lanes));
}
