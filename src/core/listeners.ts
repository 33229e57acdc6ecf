// Those who wait for one thing to happen. Each invocation comes and goes in here: a `Set` would be
// given new tables all the time, each of which V8 carries along for the sake of the next one.

type Entry = { readonly run: () => void; at: number };

/** In no particular order. */
export class Listeners {
  readonly #entries: Entry[] = [];

  /** @returns how to stop listening; may be called again. */
  add(run: () => void): () => void {
    const entry: Entry = { run, at: this.#entries.length };
    this.#entries.push(entry);
    return () => this.#remove(entry);
  }

  tell(): void {
    for (const { run } of [...this.#entries]) run();
  }

  #remove(entry: Entry): void {
    const last = this.#entries.at(-1);
    if (entry.at < 0 || last === undefined) return;
    this.#entries.pop();
    if (last !== entry) {
      this.#entries[entry.at] = last;
      last.at = entry.at;
    }
    entry.at = -1;
  }
}
