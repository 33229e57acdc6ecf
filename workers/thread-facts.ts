// What a thread can tell of itself without being asked.
import { readlinkSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import type { MemoryUse } from '../src/core/thread-protocol.ts';

/** The thread's number in the operating system; undefined where there is no `/proc`. */
export function readThreadId(): number | undefined {
  try {
    // "<process>/task/<thread>" (proc(5)).
    const number = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    return Number.isSafeInteger(number) ? number : undefined;
  } catch {
    return undefined;
  }
}

/** Takes less than a microsecond. */
export function memoryUse(): MemoryUse {
  const { used_heap_size: heapBytes, external_memory: externalBytes } = getHeapStatistics();
  return { heapBytes, externalBytes };
}
