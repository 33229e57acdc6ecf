// Invocations wait their turn here: one environment runs one at a time, first come, first served.
import { toServiceFailure, toTooMany } from './answers.ts';
import type { Intake } from './environment-ports.ts';
import type { Answer, Invocation } from './invocation.ts';

export class InvokeQueue implements Intake {
  readonly #run: (invocation: Invocation) => Promise<void>;
  readonly #waitingMax: number;
  #tail: Promise<void> = Promise.resolve();
  #openCount = 0;

  constructor(run: (invocation: Invocation) => Promise<void>, waitingMax: number) {
    this.#run = run;
    this.#waitingMax = waitingMax;
  }

  get openCount(): number {
    return this.#openCount;
  }

  submit(invocation: Invocation): Answer | undefined {
    if (this.#openCount > this.#waitingMax) return toTooMany();
    this.#openCount += 1;
    this.#tail = this.#tail.then(() => this.#runOne(invocation));
    return undefined;
  }

  async between(job: () => Promise<void>): Promise<void> {
    const turn = this.#tail.then(job);
    // A failed job is its caller's business; the invocations behind it go on.
    this.#tail = turn.catch(() => {});
    await turn;
  }

  async #runOne(invocation: Invocation): Promise<void> {
    try {
      await this.#run(invocation);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      invocation.settle(toServiceFailure(`Cannot run the invocation: ${reason}`));
      invocation.end();
    } finally {
      this.#openCount -= 1;
    }
  }
}
