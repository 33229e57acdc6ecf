// Whether a healthy worker is to be replaced, and why.
import { RECYCLE_HEAP_STREAK } from './limits.ts';

/** When a worker is replaced although nothing is wrong with it; undefined: never for that. */
export type RecycleLimits = {
  readonly afterInvocations: number | undefined;
  /** Heap in use after an invocation, MB. */
  readonly heapMb: number | undefined;
  readonly ageS: number | undefined;
};

/** What is known of a worker after an invocation. */
export type WorkerWear = {
  readonly invocationCount: number;
  readonly ageMs: number;
  /** How many invocations in a row have left more than the limit in the heap. */
  readonly heapStreak: number;
};

/** The streak after one more invocation: what is not collected yet counts, so that one reading
 * says little and several in a row say that the memory is held. */
export function nextHeapStreak(streak: number, heapBytes: number, limits: RecycleLimits): number {
  const { heapMb } = limits;
  return heapMb !== undefined && heapBytes > heapMb * 1024 * 1024 ? streak + 1 : 0;
}

/** The reason in words, or undefined: it stays. */
export function recycleReason(wear: WorkerWear, limits: RecycleLimits): string | undefined {
  const { afterInvocations, heapMb, ageS } = limits;
  if (afterInvocations !== undefined && wear.invocationCount >= afterInvocations) {
    return `it has served ${wear.invocationCount} invocations (BULKHEAD_RECYCLE_AFTER)`;
  }
  if (heapMb !== undefined && wear.heapStreak >= RECYCLE_HEAP_STREAK) {
    return `its heap stays above ${heapMb} MB (BULKHEAD_RECYCLE_HEAP_MB)`;
  }
  if (ageS !== undefined && wear.ageMs >= ageS * 1000) {
    return `it is ${Math.round(wear.ageMs / 1000)} s old (BULKHEAD_RECYCLE_AGE_S)`;
  }
  return undefined;
}
