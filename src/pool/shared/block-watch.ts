// Threads whose loop has stopped under invocations that they have begun: nothing lies in front of
// them that would tell (see offer-watch.ts), and nobody hears of it before it turns again.
import { BLOCKED_MS } from '../../core/limits.ts';
import type { Cancel, Clock } from '../../core/ports.ts';
import type { SharedThread } from './shared-thread.ts';

export type BlockWatchOptions = {
  readonly clock: Clock;
  readonly threads: () => Iterable<SharedThread>;
  /** The loop of a thread has not turned for BLOCKED_MS or longer; told while it does not. */
  readonly onBlocked: () => void;
};

/** Asks a thread that has been silent for BLOCKED_MS, and has until the next look to answer. */
export class BlockWatch {
  readonly #options: BlockWatchOptions;
  #cancel: Cancel | undefined;

  constructor(options: BlockWatchOptions) {
    this.#options = options;
  }

  /** An invocation has begun. */
  begin(): void {
    this.#cancel ??= this.#schedule();
  }

  stop(): void {
    this.#cancel?.();
  }

  #schedule(): Cancel {
    const { clock } = this.#options;
    return clock.scheduleAt(clock.nowEpochMs() + BLOCKED_MS, () => this.#look());
  }

  #look(): void {
    const { onBlocked, threads } = this.#options;
    this.#cancel = undefined;
    for (const thread of threads()) {
      if (thread.load === 0) continue;
      if (thread.isAsked) {
        thread.isLate = true;
        onBlocked();
      } else if (thread.turns === thread.turnsSeen) {
        ask(thread);
      }
      thread.turnsSeen = thread.turns;
      this.#cancel ??= this.#schedule();
    }
  }
}

function ask(thread: SharedThread): void {
  thread.isAsked = true;
  thread.slot.thread.ping(() => {
    thread.isAsked = false;
    thread.isLate = false;
  });
}
