// Invocations whose time is up and whose answer may still come: it is told so, once (section 3.2).
import { TIMED_OUT_IDS_MAX } from '../emulator-limits.ts';

export class TimedOutIds {
  /** In the order in which they timed out. */
  readonly #ids = new Set<string>();

  add(requestId: string): void {
    this.#ids.delete(requestId);
    this.#ids.add(requestId);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= TIMED_OUT_IDS_MAX) return;
      this.#ids.delete(oldest);
    }
  }

  /** True for an id that is known; it is forgotten by that. */
  take(requestId: string): boolean {
    return this.#ids.delete(requestId);
  }
}
