// First cause wins. Result, crash, deadline and drain race for one invocation; exactly one of them
// decides, the others are told that they came late.

export class Arbiter<Cause, Verdict> {
  readonly #decide: (cause: Cause, verdict: Verdict) => void;
  readonly #late: (cause: Cause) => void;
  #isDecided = false;

  constructor(decide: (cause: Cause, verdict: Verdict) => void, late: (cause: Cause) => void) {
    this.#decide = decide;
    this.#late = late;
  }

  get isDecided(): boolean {
    return this.#isDecided;
  }

  /** Returns whether this cause decided. */
  settle(cause: Cause, verdict: Verdict): boolean {
    if (this.#isDecided) {
      this.#late(cause);
      return false;
    }
    this.#isDecided = true;
    this.#decide(cause, verdict);
    return true;
  }
}
