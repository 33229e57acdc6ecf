// The Init of a shared environment: it ends with the first poll of any poller, with an error, with
// the death of the process, or when its time is up.
import { toExit, toInitError, toInitTimeout } from '../answers.ts';
import type { EnvironmentOptions } from '../environment-ports.ts';
import { InitPhase } from '../init-phase.ts';
import type { Answer } from '../invocation.ts';
import type { RuntimeExit } from '../runtime-process.ts';

export type InitFailure = (requestId: string) => Answer;

export class SharedInit {
  readonly #options: EnvironmentOptions;
  readonly #clock = new InitPhase();
  #phase: 'Started' | 'InitError' | 'Serving' = 'Started';
  #isBegun = false;
  #failure: InitFailure | undefined;

  constructor(options: EnvironmentOptions) {
    this.#options = options;
  }

  get phase(): 'Started' | 'InitError' | 'Serving' {
    return this.#phase;
  }

  /** Starts the runtime, unless it has been started. */
  begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#clock.begin();
    this.#options.runtime.start();
  }

  /** A poll has come; true for the first one. */
  polled(): boolean {
    if (this.#phase !== 'Started') return false;
    this.#phase = 'Serving';
    this.#clock.end();
    return true;
  }

  /** `/init/error` has come; it is known later what is in it. */
  beginFailure(): void {
    this.#phase = 'InitError';
  }

  fail(errorType: string): void {
    this.#failure ??= (requestId) => toInitError(requestId, errorType);
    this.#clock.end();
  }

  /** The process is gone; what it has reported before says more than its end. */
  exited(exit: RuntimeExit): void {
    const { writeLine } = this.#options;
    const reported = this.#failure;
    this.reset();
    this.#failure = reported ?? ((requestId) => toExit(requestId, exit));
    if (reported === undefined) writeLine(`Error: ${exit.reason}`, undefined);
    writeLine(`INIT_REPORT Status: error Error Type: ${exit.errorType}`, undefined);
  }

  /** Waits until Init is over; resolves to what those who wait are answered with, once, or to
   * undefined when it did not fail. */
  async takeFailure(): Promise<InitFailure | undefined> {
    const { initMsMax, runtime } = this.#options;
    if (this.#failure === undefined) {
      this.begin();
      if (!(await this.#clock.wait(initMsMax))) {
        this.#phase = 'InitError';
        this.#options.writeLine('INIT_REPORT Status: timeout', undefined);
        await runtime.kill();
        this.#failure = (requestId) => toInitTimeout(requestId, initMsMax);
      }
    }
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** How long it took, for the first invocation behind it. */
  takeDurationMs(): number | undefined {
    const durationMs = this.#clock.takeDurationMs();
    return this.#options.runtime.isManaged ? durationMs : undefined;
  }

  /** The environment starts anew; whoever waits for Init looks again. */
  reset(): void {
    this.#phase = 'Started';
    this.#isBegun = false;
    this.#failure = undefined;
    this.#clock.end();
  }
}
