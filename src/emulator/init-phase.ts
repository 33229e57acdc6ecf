// The first Init of a runtime: how long it took, and waiting for it. Init that follows a reset is
// not seen here: it runs on the function's clock, inside an invocation.
import { setTimeout as sleep } from 'node:timers/promises';

export class InitPhase {
  #running: { readonly beganAtMs: number; readonly ended: PromiseWithResolvers<void> } | undefined;
  #durationMs: number | undefined;

  begin(): void {
    this.#running = { beganAtMs: performance.now(), ended: Promise.withResolvers() };
  }

  /** Init is over, well or badly; later calls change nothing. */
  end(): void {
    if (this.#running === undefined) return;
    this.#durationMs = performance.now() - this.#running.beganAtMs;
    this.#running.ended.resolve();
    this.#running = undefined;
  }

  /** Init is over, and was the snapshot's, not this environment's. */
  forget(): void {
    this.end();
    this.#durationMs = undefined;
  }

  /** Resolves when Init is over; false when it did not end in time and was given up. */
  async wait(msMax: number): Promise<boolean> {
    const running = this.#running;
    if (running === undefined) return true;
    const patience = new AbortController();
    const timer = sleep(msMax, undefined, { signal: patience.signal });
    // The cancelled timer rejects; by then nobody waits for it.
    await Promise.race([running.ended.promise, timer.catch(() => {})]);
    patience.abort();
    if (this.#running !== running) return true;
    this.#running = undefined;
    return false;
  }

  /** The duration once, for the first invocation; then undefined. */
  takeDurationMs(): number | undefined {
    const durationMs = this.#durationMs;
    this.#durationMs = undefined;
    return durationMs;
  }
}
