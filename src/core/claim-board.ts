// Which of the invocations that were sent to a thread it has taken. The supervisor and the thread
// share it: an event that the thread has not begun is withdrawn without a word between them, as
// long as the thread's loop may not turn.

/** Cells, of which the first is no claim: more than a thread is ever offered at once. */
export const CLAIM_CELLS = 1024;

// Taken before user code can replace them.
const { compareExchange, load, store } = Atomics;

/** What a cell holds that is neither offered nor taken. */
const FREE = 0;
/** Whose invocation's code has been entered. */
const ENTERED_CELL = 0;
/** Numbers are counted in 31 bits here: two that are so far apart never meet. */
const NUMBER_MASK = 0x7f_ff_ff_ff;

export function createClaimBoard(): SharedArrayBuffer {
  return new SharedArrayBuffer(CLAIM_CELLS * Int32Array.BYTES_PER_ELEMENT);
}

/**
 * A cell holds the number of the invocation that is offered by it, and that number negated once it
 * is taken. A number is never offered twice, so a cell may be offered anew while the task that was
 * withdrawn from it is still on its way.
 */
export class ClaimBoard {
  readonly #cells: Int32Array;

  /** @param memory of `createClaimBoard`. */
  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory);
  }

  /** The supervisor, before the task is posted. @param cell from 1 up; no other claim uses it. */
  offer(cell: number, number: number): void {
    store(this.#cells, cell, toMark(number));
  }

  /** The supervisor. @returns true: the thread has not taken it, and never will. */
  withdraw(cell: number, number: number): boolean {
    const mark = toMark(number);
    return compareExchange(this.#cells, cell, mark, FREE) === mark;
  }

  /** The thread. @returns false: it was withdrawn. */
  take(cell: number, number: number): boolean {
    const mark = toMark(number);
    return compareExchange(this.#cells, cell, mark, -mark) === mark;
  }

  /** The supervisor. */
  isTaken(cell: number, number: number): boolean {
    return load(this.#cells, cell) === -toMark(number);
  }

  /** The thread: the synchronous first part of this invocation begins. */
  enter(number: number): void {
    store(this.#cells, ENTERED_CELL, toMark(number));
  }

  /** The thread: that part is over. */
  leave(): void {
    store(this.#cells, ENTERED_CELL, FREE);
  }

  /** The supervisor: of the invocation whose first part runs, 0 while there is none. */
  get entered(): number {
    return load(this.#cells, ENTERED_CELL);
  }
}

/** Never 0, which is a free cell's. */
function toMark(number: number): number {
  return number & NUMBER_MASK || 1;
}
