// The tasks that a thread has, in the order of no matter what: most threads have one at a time.
import type { ErrorOutcome } from '../core/outcome.ts';

/** An invocation, Init or hooks, and how to end the wait for it. */
export type PendingTask = {
  /** The thread's count of invocations; 0: it is none. */
  readonly number: number;
  readonly requestId: string | undefined;
  readonly onOutcome: (outcome: ErrorOutcome) => void;
  /** The thread has begun it. */
  readonly isBegun: () => boolean;
  /** It is decided, and its code still runs. */
  isAbandoned: boolean;
  /** The thread will only say that it has not begun it: nobody waits for that. */
  isWithdrawn: boolean;
};

/** The task was not answered by its thread. */
export type Ended = { readonly kind: 'ended'; readonly outcome: ErrorOutcome };

export type AboutTask = Pick<PendingTask, 'number' | 'requestId' | 'isBegun'>;

/** An array: a `Set` that each task enters and leaves is garbage that V8 carries along. */
export class PendingTasks {
  #tasks: PendingTask[] = [];

  get isEmpty(): boolean {
    return this.#tasks.length === 0;
  }

  /** How many somebody waits for. */
  get awaitedCount(): number {
    let count = 0;
    for (const { isAbandoned } of this.#tasks) if (!isAbandoned) count += 1;
    return count;
  }

  get hasBegun(): boolean {
    return this.#tasks.some((task) => task.isBegun());
  }

  /** Number of the only one that the thread has begun; undefined: there are several, or none. */
  get onlyNumber(): number | undefined {
    const [task, other] = this.#tasks.filter((one) => one.isBegun());
    return other === undefined ? task?.number : undefined;
  }

  get all(): readonly PendingTask[] {
    return this.#tasks;
  }

  /**
   * Waits for the end of a task: what `read` makes of its result, or the outcome that it is given.
   * Stays pending when the task is taken out of here by anybody else.
   *
   * @param onDefect called, with the task still in here, when `read` throws or `running` rejects.
   */
  run<Result>(
    about: AboutTask,
    running: Promise<unknown>,
    read: (value: unknown) => Result,
    onDefect: (error: unknown) => void,
  ): Promise<Result | Ended> {
    return new Promise((resolve) => {
      const onOutcome = (outcome: ErrorOutcome): void => resolve({ kind: 'ended', outcome });
      const task: PendingTask = { ...about, onOutcome, isAbandoned: false, isWithdrawn: false };
      this.#tasks.push(task);
      const settle = (value: unknown): void => {
        if (!this.#tasks.includes(task)) return;
        try {
          const result = read(value);
          this.remove(task);
          if (!task.isWithdrawn) resolve(result);
        } catch (error) {
          onDefect(error);
        }
      };
      running.then(settle, (error) => {
        if (this.#tasks.includes(task)) onDefect(error);
      });
    });
  }

  find(number: number): PendingTask | undefined {
    return this.#tasks.find((task) => task.number === number);
  }

  /** Returns whether it was there. */
  remove(task: PendingTask): boolean {
    const at = this.#tasks.indexOf(task);
    const last = this.#tasks.pop();
    if (at === -1) {
      if (last !== undefined) this.#tasks.push(last);
      return false;
    }
    if (last !== undefined && last !== task) this.#tasks[at] = last;
    return true;
  }

  /** The one of that number, gone or not; without a number any of them. */
  culprit(number: number | undefined): Pick<PendingTask, 'number' | 'requestId'> {
    const [first = { number: 0, requestId: undefined }] = this.#tasks;
    return number === undefined ? first : { number, requestId: this.find(number)?.requestId };
  }

  /** Takes all of them out, and returns those that somebody waits for. */
  takeAll(): readonly PendingTask[] {
    const tasks = this.#tasks.filter(({ isAbandoned }) => !isAbandoned);
    this.#tasks = [];
    return tasks;
  }
}
