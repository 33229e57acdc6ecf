// Between a thread that writes and the one that ends it: a thread is not ended while a write of its
// is not noted yet, and begins none once it is to end. Neither waits long for the other.

export const WRITE_GATE_BYTES: number = 2 * Int32Array.BYTES_PER_ELEMENT;

const INSIDE = 0;
const CLOSED = 1;
/** Between two looks whether the thread is out, ms. */
const LOOK_MS = 0.1;

// Taken before user code can replace them.
const { load, store, wait } = Atomics;

/** The writing thread's side. */
export class WriteGate {
  readonly #words: Int32Array;

  constructor(words: SharedArrayBuffer) {
    this.#words = new Int32Array(words);
  }

  /** Does not return once the gate is closed: the thread's end is on its way. */
  enter(): void {
    store(this.#words, INSIDE, 1);
    // Each side writes its own word before it reads the other's: one of the two sees the other.
    if (load(this.#words, CLOSED) === 0) return;
    store(this.#words, INSIDE, 0);
    for (;;) wait(this.#words, CLOSED, 1);
  }

  leave(): void {
    store(this.#words, INSIDE, 0);
  }
}

/** The other side: from here on the thread begins no write; waits for the one that it is in, for
 * at most that long. The thread has to be ended then. */
export function closeWriteGate(words: SharedArrayBuffer, limitMs: number): void {
  const gate = new Int32Array(words);
  store(gate, CLOSED, 1);
  const endMs = performance.now() + limitMs;
  while (load(gate, INSIDE) === 1 && performance.now() < endMs) wait(gate, INSIDE, 1, LOOK_MS);
}
