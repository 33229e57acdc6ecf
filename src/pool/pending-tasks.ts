// The tasks that a thread has, in the order of no matter what: most threads have one at a time.
import type { ErrorOutcome } from '../core/outcome.ts';

/** An invocation, Init or hooks, and how to end the wait for it. */
export type PendingTask<Result> = {
  /** The thread's count of invocations; 0: it is none. */
  readonly number: number;
  readonly requestId: string | undefined;
  readonly onResult: (result: Result) => void;
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

export type AboutTask = Pick<PendingTask<unknown>, 'number' | 'requestId' | 'isBegun'>;

/** An array: a `Set` that each task enters and leaves is garbage that V8 carries along. */
export class PendingTasks<Result> {
  #tasks: PendingTask<Result>[] = [];

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

  get all(): readonly PendingTask<Result>[] {
    return this.#tasks;
  }

  /** Waits for the end of a task: its result, or the outcome that it is given. Stays pending when
   * the task is taken out of here by anybody else. */
  add(about: AboutTask): Promise<Result | Ended> {
    return new Promise((resolve) => {
      const onOutcome = (outcome: ErrorOutcome): void => resolve({ kind: 'ended', outcome });
      const { number, requestId, isBegun } = about;
      this.#tasks.push({
        number,
        requestId,
        isBegun,
        onResult: resolve,
        onOutcome,
        isAbandoned: false,
        isWithdrawn: false,
      });
    });
  }

  /** The thread has answered it. */
  settle(task: PendingTask<Result>, result: Result): void {
    this.remove(task);
    if (!task.isWithdrawn) task.onResult(result);
  }

  find(number: number): PendingTask<Result> | undefined {
    return this.#tasks.find((task) => task.number === number);
  }

  /** Returns whether it was there. */
  remove(task: PendingTask<Result>): boolean {
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
  culprit(number: number | undefined): Pick<PendingTask<Result>, 'number' | 'requestId'> {
    const [first = { number: 0, requestId: undefined }] = this.#tasks;
    return number === undefined ? first : { number, requestId: this.find(number)?.requestId };
  }

  /** Takes all of them out, and returns those that somebody waits for. */
  takeAll(): readonly PendingTask<Result>[] {
    const tasks = this.#tasks.filter(({ isAbandoned }) => !isAbandoned);
    this.#tasks = [];
    return tasks;
  }
}
