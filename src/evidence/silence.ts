// What is known of a thread that has answered neither question: by the operating system alone.
import type { Evidence } from '../core/evidence.ts';
import { childrenOfThread } from '../os/child-processes.ts';
import { threadState } from '../os/thread-state.ts';
import { threadUsage } from '../os/thread-usage.ts';

export type SilentThread = {
  readonly osThreadId: number | undefined;
  /** Since when it may have started child processes that it waits for, Unix time in ms. */
  readonly childrenSinceEpochMs: number;
};

export type SystemView = {
  readonly childrenOf: typeof childrenOfThread;
  readonly stateOf: typeof threadState;
  readonly usageOf: typeof threadUsage;
  readonly nowMs: () => number;
};

/** A thread with so much of a processor would have answered, unless in a native call, ms. */
const ANSWERS_IN_MS = 2;
/** The kernel counts by its ticks: what a thread gets in less time it may not say, ms. */
const TELLING_MS = 20;
const SYSTEM: SystemView = {
  childrenOf: childrenOfThread,
  stateOf: threadState,
  usageOf: threadUsage,
  nowMs: () => performance.now(),
};

/** Made when the thread is asked: from then on counts how much of a processor it gets. */
export class Silence {
  readonly #thread: SilentThread;
  readonly #system: SystemView;
  readonly #sinceMs: number;
  readonly #ranBeforeMs: number | undefined;

  constructor(thread: SilentThread, system: SystemView = SYSTEM) {
    this.#thread = thread;
    this.#system = system;
    this.#sinceMs = system.nowMs();
    this.#ranBeforeMs = system.usageOf(thread.osThreadId)?.ranMs;
  }

  /** It would answer, but has had no processor to do so. */
  get isStarved(): boolean {
    if (this.#system.nowMs() - this.#sinceMs < TELLING_MS) return false;
    const { osThreadId } = this.#thread;
    const ranMs = this.#system.usageOf(osThreadId)?.ranMs;
    if (ranMs === undefined || this.#ranBeforeMs === undefined) return false;
    const wantsToRun = this.#system.stateOf(osThreadId) === 'running';
    return wantsToRun && ranMs - this.#ranBeforeMs < ANSWERS_IN_MS;
  }

  /** It has had a processor, or asked for none: it is inside one native call. */
  toEvidence(lastSeen: Extract<Evidence, { kind: 'native' }>['lastSeen']): Evidence {
    const { osThreadId, childrenSinceEpochMs } = this.#thread;
    const children = this.#system.childrenOf(osThreadId, childrenSinceEpochMs);
    return {
      kind: 'native',
      state: this.#system.stateOf(osThreadId),
      children: children.map(({ pid, command }) => `${command} (pid ${pid})`),
      lastSeen,
    };
  }
}
