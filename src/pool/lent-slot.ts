// A worker slot as the lane that holds it sees it.
import type { Invocation } from '../core/invocation.ts';
import type { Slot, SlotResult, WorkerEndCause } from '../core/ports.ts';
import type { WorkerSlot } from './worker-slot.ts';

export class LentSlot implements Slot {
  readonly id: number;
  readonly #slot: WorkerSlot;
  readonly #onReleased: () => void;

  constructor(slot: WorkerSlot, onReleased: () => void) {
    this.id = slot.id;
    this.#slot = slot;
    this.#onReleased = onReleased;
  }

  get isReady(): boolean {
    return this.#slot.state === 'busy';
  }

  invoke(invocation: Invocation): Promise<SlotResult> {
    return this.#slot.invoke(invocation);
  }

  release(): void {
    if (this.#slot.state !== 'busy') return;
    this.#slot.state = 'ready';
    this.#onReleased();
  }

  condemn(cause: WorkerEndCause): void {
    this.#slot.end(cause);
  }
}
