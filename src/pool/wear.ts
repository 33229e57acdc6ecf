// What an invocation has left of its worker: whether that is to be replaced.
import { heldReason } from '../core/held-memory.ts';
import { nextHeapStreak, recycleReason } from '../core/recycle-policy.ts';
import type { HandlerPoolOptions } from './handler-pool-options.ts';
import type { WorkerSlot } from './worker-slot.ts';

type WearOptions = Pick<HandlerPoolOptions, 'clock' | 'heapLimitMb' | 'recycle'>;

/** Notes at the worker why it is due, if it is. What others hold while they run in it, unless it
 * `isIdle`, is not what it holds for good. */
export function noteWear(
  slot: Pick<WorkerSlot, 'heapStreak' | 'held' | 'startedAtMs' | 'invocationCount' | 'dueReason'>,
  { clock, heapLimitMb, recycle }: WearOptions,
  isIdle: boolean,
): void {
  const ageMs = clock.nowMonotonicMs() - slot.startedAtMs;
  const { invocationCount } = slot;
  const heapBytes = slot.held.recent.at(-1)?.heapBytes ?? 0;
  if (isIdle) slot.heapStreak = nextHeapStreak(slot.heapStreak, heapBytes, recycle);
  const heapStreak = isIdle ? slot.heapStreak : 0;
  slot.dueReason ??=
    recycleReason({ heapStreak, invocationCount, ageMs }, recycle) ??
    (isIdle ? heldReason(slot.held, heapLimitMb) : undefined);
}
