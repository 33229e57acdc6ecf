// Who serves: threads that have become ready, and standbys in the places of those that are lost.
import type { WorkerSlot } from '../worker-slot.ts';
import { SharedThread } from './shared-thread.ts';

/** Makes as many of them active as are wanted, and notes each that is ready among the threads. */
export function promote(
  slots: Iterable<WorkerSlot>,
  threads: Map<WorkerSlot, SharedThread>,
  isLeaving: (slot: WorkerSlot) => boolean,
  activeCount: number,
): void {
  let active = 0;
  const standbys: WorkerSlot[] = [];
  for (const slot of slots) {
    if (slot.state !== 'ready' && slot.state !== 'busy') continue;
    if (!threads.has(slot)) threads.set(slot, new SharedThread(slot));
    if (isLeaving(slot)) continue;
    if (slot.role === 'active') active += 1;
    else standbys.push(slot);
  }
  for (const slot of standbys.slice(0, Math.max(0, activeCount - active))) slot.role = 'active';
}
