// Text that grows while somebody waits for a line of it.
export class Transcript {
  readonly #waiters = new Set<() => void>();
  #text = '';
  #isEnded = false;

  get text(): string {
    return this.#text;
  }

  append(text: string): void {
    this.#text += text;
    this.#wake();
  }

  /** Nothing will be added any more. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /**
   * Resolves once the text matches.
   *
   * @throws Error with the whole text when it has ended without.
   */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#text);
      if (match !== null) return match;
      if (this.#isEnded) throw new Error(`Cannot find ${pattern} in:\n${this.#text}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiters.add(resolve);
      await promise;
    }
  }

  #wake(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}
