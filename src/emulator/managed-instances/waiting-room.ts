// Invocations that came while the environment could not take any: in its Init, or before a reload.
// Once it serves nobody waits: who finds no poll is refused.
import { startClock } from '../function-clock.ts';
import type { Invocation } from '../invocation.ts';

type Guest = { readonly invocation: Invocation; readonly stopClock: () => void };

export class WaitingRoom {
  #guests: Guest[] = [];

  get size(): number {
    return this.#guests.length;
  }

  has(requestId: string): boolean {
    return this.#guests.some(({ invocation }) => invocation.requestId === requestId);
  }

  add(invocation: Invocation): void {
    this.#guests.push({ invocation, stopClock: () => {} });
  }

  /** The environment serves now. The first few may wait on for polls that are on their way, as
   * long as their timeout; `dismiss` gets those, and all others at once. */
  admit(count: number, dismiss: (invocation: Invocation) => void): void {
    const rest = this.#guests.splice(count);
    this.#guests = this.#guests.map(({ invocation, stopClock }) => {
      stopClock();
      const leave = (): void => {
        if (this.#remove(invocation)) dismiss(invocation);
      };
      return { invocation, stopClock: startClock(invocation, leave) };
    });
    for (const { invocation } of rest) dismiss(invocation);
  }

  /** The one that has waited longest. */
  shift(): Invocation | undefined {
    const guest = this.#guests.shift();
    guest?.stopClock();
    return guest?.invocation;
  }

  /** All of them, oldest first. */
  clear(): readonly Invocation[] {
    const guests = this.#guests;
    this.#guests = [];
    for (const { stopClock } of guests) stopClock();
    return guests.map(({ invocation }) => invocation);
  }

  #remove(invocation: Invocation): boolean {
    const before = this.#guests.length;
    this.#guests = this.#guests.filter((guest) => guest.invocation !== invocation);
    return this.#guests.length < before;
  }
}
