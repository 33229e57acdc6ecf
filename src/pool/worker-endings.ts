// Threads that have been told to end, until they have; and those that do not.
import type { Telemetry } from '../core/ports.ts';
import { childrenOfThread, endProcessTrees } from '../os/child-processes.ts';
import { yieldPriority } from '../os/thread-priority.ts';
import type { WorkerSlot } from './worker-slot.ts';

export type WorkerEndingsOptions = {
  readonly telemetry: Telemetry;
  /** Stuck threads the process bears. */
  readonly stuckLimit: number;
  /** The thread is gone: what it held of the shared lock is free again. */
  readonly onThreadGone: (owner: number) => void;
  /** There are more stuck threads than the process bears; why it has to end, in words. */
  readonly onUnfit: (reason: string) => void;
};

export class WorkerEndings {
  readonly #options: WorkerEndingsOptions;
  readonly #ending = new Map<WorkerSlot, () => void>();
  readonly #stuck = new Set<WorkerSlot>();

  constructor(options: WorkerEndingsOptions) {
    this.#options = options;
  }

  get stuckCount(): number {
    return this.#stuck.size;
  }

  /** The slot's thread is on its way out. */
  began(slot: WorkerSlot): void {
    this.#ending.set(slot, () => {});
  }

  /** The slot's thread is gone, or has not gone in time. Told once, or twice when a stuck thread
   * ends after all. */
  ended(slot: WorkerSlot): void {
    const { telemetry, onThreadGone } = this.#options;
    const isStuck = slot.state === 'stuck';
    const wasStuck = this.#stuck.delete(slot);
    if (!isStuck) onThreadGone(slot.id + 1);
    if (wasStuck) return;
    const detail = isStuck ? this.#holdBack(slot) : slot.endDetail;
    telemetry.workerEnded({
      slotId: slot.id,
      cause: slot.endCause ?? 'crash',
      invocations: slot.invocationCount,
      stuck: isStuck,
      ...(detail === undefined ? {} : { detail }),
    });
    this.#ending.get(slot)?.();
    this.#ending.delete(slot);
    this.#checkStuck();
  }

  /** Resolves when each thread is gone or stuck. */
  async settled(): Promise<void> {
    const waits = [...this.#ending.keys()].map(
      (slot) => new Promise<void>((resolve) => this.#ending.set(slot, resolve)),
    );
    await Promise.all(waits);
  }

  /** It cannot be ended from here; what it waits for can, and it leaves the processor to others. */
  #holdBack(slot: WorkerSlot): string {
    this.#stuck.add(slot);
    yieldPriority(slot.osThreadId);
    const children = childrenOfThread(slot.osThreadId, slot.childrenSinceEpochMs);
    endProcessTrees(children);
    if (children.length === 0) return 'it is inside a native call that cannot be interrupted';
    const names = children.map(({ command, pid }) => `${command} (${pid})`).join(', ');
    return `it waited for child processes, which were ended: ${names}`;
  }

  #checkStuck(): void {
    const { stuckLimit, onUnfit } = this.#options;
    const count = this.#stuck.size;
    if (count <= stuckLimit) return;
    const threads = count === 1 ? '1 thread is' : `${count} threads are`;
    onUnfit(`${threads} stuck in native calls, more than BULKHEAD_STUCK_LIMIT=${stuckLimit}`);
  }
}
