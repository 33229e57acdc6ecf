// The tasks that Piscina has given to a thread, by their numbers. A `Map` that every task enters
// and leaves is made anew all the time, and each old one of V8's tables refers to the next one and
// to what was in it: one that has become old keeps all that come after it from being collected
// early.

export class TaskTable<Task> {
  readonly #keys: unknown[] = [];
  readonly #tasks: Task[] = [];

  constructor(tasks: Iterable<readonly [unknown, Task]> = []) {
    for (const [key, task] of tasks) this.set(key, task);
  }

  get size(): number {
    return this.#keys.length;
  }

  has(key: unknown): boolean {
    return this.#keys.includes(key);
  }

  get(key: unknown): Task | undefined {
    const at = this.#keys.indexOf(key);
    return at === -1 ? undefined : this.#tasks[at];
  }

  set(key: unknown, task: Task): this {
    const at = this.#keys.indexOf(key);
    if (at === -1) {
      this.#keys.push(key);
      this.#tasks.push(task);
    } else {
      this.#tasks[at] = task;
    }
    return this;
  }

  delete(key: unknown): boolean {
    const at = this.#keys.indexOf(key);
    if (at === -1) return false;
    // The last one takes its place.
    const lastKey = this.#keys.pop();
    const lastTask = this.#tasks.pop();
    if (at < this.#keys.length && lastTask !== undefined) {
      this.#keys[at] = lastKey;
      this.#tasks[at] = lastTask;
    }
    return true;
  }

  clear(): void {
    this.#keys.length = this.#tasks.length = 0;
  }

  values(): IterableIterator<Task> {
    return this.#tasks.values();
  }

  *[Symbol.iterator](): IterableIterator<[unknown, Task]> {
    for (const [at, key] of this.#keys.entries()) yield [key, this.#tasks[at] as Task];
  }
}
