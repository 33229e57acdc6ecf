// One thread that takes several invocations at once: which of them it has, by what claims, and
// whether its loop turns.

import { CLAIM_CELLS, ClaimBoard } from '../../core/claim-board.ts';
import { assert } from '../../core/errors.ts';
import type { WorkerSlot } from '../worker-slot.ts';

/** An invocation that the thread has been offered. */
export type Claim = {
  readonly thread: SharedThread;
  /** The thread's count of invocations. */
  readonly number: number;
  /** Undefined: it cannot be withdrawn. */
  readonly cell: number | undefined;
};

/** Why, in words, and whether it is merely worn: then it is asked to leave, and not ended. */
export type Leaving = { readonly reason: string; readonly isWorn: boolean };

export class SharedThread {
  readonly slot: WorkerSlot;
  /** Invocations that it has and somebody waits for. */
  load = 0;
  /** An event waits in front of it for longer than a loop that turns lets it wait. */
  isLate = false;
  /** Results that have come from it: its loop has turned. */
  turns = 0;
  /** See BlockWatch: how many there were at its last look, and whether it waits for a word. */
  turnsSeen = 0;
  isAsked = false;
  /** It takes nothing new, and ends once nobody waits for it any more. */
  leaving: Leaving | undefined;
  readonly #board: ClaimBoard;
  readonly #freeCells: number[] = [];
  #lastCell = 0;

  constructor(slot: WorkerSlot) {
    assert(slot.claims !== undefined, 'a thread that is shared has a board for claims');
    this.slot = slot;
    this.#board = new ClaimBoard(slot.claims);
  }

  /** It may be given something new. */
  get isUsable(): boolean {
    const { role, state } = this.slot;
    if (this.leaving !== undefined || role !== 'active') return false;
    return state === 'ready' || state === 'busy';
  }

  /** Of the invocation whose first, synchronous part runs; undefined: there is none. */
  get entered(): number | undefined {
    return this.#board.entered || undefined;
  }

  /** The next invocation is offered to it. */
  offer(): Claim {
    const number = this.slot.invocationCount + 1;
    const cell = this.#freeCells.pop() ?? this.#newCell();
    if (cell !== undefined) this.#board.offer(cell, number);
    this.load += 1;
    this.slot.state = 'busy';
    return { thread: this, number, cell };
  }

  /** A result has come from it. */
  turned(): void {
    this.turns += 1;
    this.isLate = false;
  }

  hasTaken({ cell, number }: Claim): boolean {
    return cell === undefined || this.#board.isTaken(cell, number);
  }

  /** Returns whether the thread has not begun it, and never will. */
  withdraw(claim: Claim): boolean {
    const { cell, number } = claim;
    if (cell === undefined || !this.#board.withdraw(cell, number)) return false;
    this.slot.forget(number);
    this.end(claim);
    return true;
  }

  /** Nobody waits for it any more. */
  end({ cell }: Claim): void {
    if (cell !== undefined) this.#freeCells.push(cell);
    this.load -= 1;
    if (this.load === 0 && this.slot.state === 'busy') this.slot.state = 'ready';
  }

  #newCell(): number | undefined {
    if (this.#lastCell + 1 >= CLAIM_CELLS) return undefined;
    this.#lastCell += 1;
    return this.#lastCell;
  }
}
