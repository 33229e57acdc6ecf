// Threads that are to be replaced because of what they have done, and not of what became of them.
import type { SharedThread } from './shared-thread.ts';

/** Who is worn takes nothing new once others have taken its place.
 * @param wanted how many are to serve. */
export function letGo(thread: SharedThread, threads: Iterable<SharedThread>, wanted: number): void {
  const { dueReason } = thread.slot;
  if (dueReason === undefined || !thread.isUsable) return;
  let able = 0;
  for (const one of threads) if (one.isUsable && one.slot.dueReason === undefined) able += 1;
  if (able >= wanted) thread.leaving = { reason: dueReason, isWorn: true };
}
