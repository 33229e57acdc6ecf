// What a worker holds between invocations: whether it is to be replaced before it fills up.
import {
  EXTERNAL_GARBAGE_MB,
  HELD_GROWTH_SHARE,
  HELD_HEAP_SHARE,
  HELD_RESULTS,
  HELD_SHARE,
  HELD_STEPS,
  HELD_STEPS_AHEAD,
  STANDBY_RESERVE_MB,
} from './limits.ts';
import { totalBytes } from './memory-budget.ts';
import type { MemoryUse } from './thread-protocol.ts';

const MB: number = 1024 * 1024;

/** What its results have said so far. */
export type HeldMemory = {
  /** Heap and the rest together, the least of all results; undefined before the first. */
  readonly freshBytes: number | undefined;
  /** The last results, oldest first. */
  readonly recent: readonly MemoryUse[];
};

export const NOTHING_HELD: HeldMemory = { freshBytes: undefined, recent: [] };

export function withResult({ freshBytes, recent }: HeldMemory, use: MemoryUse): HeldMemory {
  return {
    freshBytes: Math.min(freshBytes ?? Number.POSITIVE_INFINITY, totalBytes(use)),
    recent: [...recent.slice(-(HELD_RESULTS - 1)), toUse(use)],
  };
}

/**
 * The reason in words to replace the worker, or undefined. Each number includes garbage that V8 has
 * not collected yet, so what counts is the least of several results. A worker that held as much
 * when it was fresh is not replaced: the next one would be no smaller.
 *
 * @param shareMb what a worker may use: its heap limit; undefined: not known, so never.
 */
export function heldReason(held: HeldMemory, shareMb: number | undefined): string | undefined {
  const { freshBytes, recent } = held;
  if (shareMb === undefined || freshBytes === undefined) return undefined;
  const shareBytes = shareMb * MB;
  const last = recent.at(-1);
  if (last === undefined) return undefined;
  const hasGrown = (bytes: number): boolean => bytes - freshBytes >= shareBytes * HELD_GROWTH_SHARE;
  // No result has less than the least of them: most are through with this.
  if (!hasGrown(totalBytes(last))) return undefined;
  const heapBytes = least(recent.map((use) => use.heapBytes));
  const externalBytes = least(recent.map((use) => use.externalBytes));

  if (recent.length === HELD_RESULTS && hasGrown(heapBytes + externalBytes)) {
    if (heapBytes >= shareBytes * HELD_HEAP_SHARE) {
      return `its heap stays at ${inMb(heapBytes)} of ${shareMb} MB`;
    }
    const isFull = heapBytes + externalBytes >= shareBytes * HELD_SHARE;
    if (isFull && isMoreThanGarbage(externalBytes)) return keeps(heapBytes, externalBytes, shareMb);
  }
  const stepBytes = steadyStep(recent);
  const nextBytes = heapBytes + last.externalBytes + HELD_STEPS_AHEAD * stepBytes;
  const willFill = stepBytes > 0 && nextBytes + STANDBY_RESERVE_MB * MB >= shareBytes;
  if (willFill && isMoreThanGarbage(last.externalBytes) && hasGrown(last.externalBytes)) {
    return `${keeps(heapBytes, last.externalBytes, shareMb)}, more with each invocation`;
  }
  return undefined;
}

/** Results carry more: the answer itself must not be kept. */
function toUse({ heapBytes, externalBytes }: MemoryUse): MemoryUse {
  return { heapBytes, externalBytes };
}

/** How much each of the last results lay above the one before; 0 when one did not. */
function steadyStep(recent: readonly MemoryUse[]): number {
  if (recent.length < HELD_STEPS) return 0;
  const [first, ...rest] = recent.slice(-HELD_STEPS).map((use) => use.externalBytes);
  let before = first ?? 0;
  for (const bytes of rest) {
    if (bytes <= before) return 0;
    before = bytes;
  }
  return (before - (first ?? 0)) / rest.length;
}

function keeps(heapBytes: number, externalBytes: number, shareMb: number): string {
  return (
    `it holds ${inMb(heapBytes)} MB in its heap and ${inMb(externalBytes)} MB outside it, ` +
    `of ${shareMb} MB`
  );
}

function isMoreThanGarbage(externalBytes: number): boolean {
  return externalBytes >= EXTERNAL_GARBAGE_MB * MB;
}

function least(numbers: readonly number[]): number {
  return Math.min(...numbers);
}

function inMb(bytes: number): number {
  return Math.round(bytes / MB);
}
