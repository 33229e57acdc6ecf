// Threads that have been told to end, until they have; and those that do not.
import { TERMINATE_MS_MAX } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import type { Telemetry } from '../core/telemetry-port.ts';
import { type ChildProcess, childrenToEnd, endProcessTrees } from '../os/child-processes.ts';
import { yieldPriority } from '../os/thread-priority.ts';
import { afterRunning, countedBack } from './running-time.ts';
import type { WorkerSlot } from './worker-slot.ts';

/** A little more, so that whoever is stuck is told of as such, ms. */
const LAST_WAIT_MS: number = 1.2 * TERMINATE_MS_MAX;

/** What the end of a worker needs to know of it. */
export type EndingSlot = Pick<
  WorkerSlot,
  'id' | 'state' | 'children' | 'osThreadId' | 'endCause' | 'endDetail' | 'invocationCount' | 'end'
>;

export type WorkerEndingsOptions = {
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'workerEnded'>;
  /** Workers that are not on their way out. */
  readonly others: () => Iterable<EndingSlot>;
  /** Stuck threads the process bears. */
  readonly stuckLimit: number;
  /** The thread is gone: what it held of the shared lock is free again. */
  readonly onThreadGone: (owner: number) => void;
  /** There are more stuck threads than the process bears; why it has to end, in words. */
  readonly onUnfit: (reason: string) => void;
};

export class WorkerEndings {
  readonly #options: WorkerEndingsOptions;
  readonly #ending = new Map<EndingSlot, () => void>();
  readonly #stuck = new Set<EndingSlot>();
  /** When the last thread was gone, on the monotonic clock. */
  #lastGoneMs = Number.NEGATIVE_INFINITY;

  constructor(options: WorkerEndingsOptions) {
    this.#options = options;
  }

  /** Threads that are not gone yet, stuck ones among them. */
  get count(): number {
    return this.#ending.size + this.#stuck.size;
  }

  /** Of them: those that may still go by themselves. */
  get goingCount(): number {
    return this.#ending.size;
  }

  get stuckCount(): number {
    return this.#stuck.size;
  }

  /** The slot's thread is on its way out. */
  began(slot: EndingSlot): void {
    this.#ending.set(slot, () => {});
  }

  /** The slot's thread is gone, or has not gone in time. Told once, or twice when a stuck thread
   * ends after all. */
  ended(slot: EndingSlot): void {
    const { clock, telemetry, onThreadGone } = this.#options;
    const isStuck = slot.state === 'stuck';
    const wasStuck = this.#stuck.delete(slot);
    if (!isStuck) {
      this.#lastGoneMs = clock.nowMonotonicMs();
      onThreadGone(slot.id + 1);
    }
    if (wasStuck) return;
    const detail = isStuck ? this.#holdBack(slot) : slot.endDetail;
    telemetry.workerEnded({
      slotId: slot.id,
      cause: slot.endCause ?? 'crash',
      invocations: slot.invocationCount,
      stuck: isStuck,
      ...(detail === undefined ? {} : { detail }),
    });
    this.#ending.get(slot)?.();
    this.#ending.delete(slot);
    this.#checkStuck();
  }

  /** Who was asked to leave is not waited for any more, but ended. */
  hurry(): void {
    for (const slot of this.#ending.keys()) slot.end('drain');
  }

  /** Waits no longer than a thread may take that gets its processor: the process ends.
   * @returns how many threads are still there. */
  async settledInTime(): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = afterRunning(this.#options.clock, LAST_WAIT_MS, resolve);
    await Promise.race([this.settled(), promise]);
    cancel();
    return this.#stuck.size + this.#ending.size;
  }

  /** Resolves when each thread is gone or stuck. */
  async settled(): Promise<void> {
    const waits = [...this.#ending.keys()].map(
      (slot) => new Promise<void>((resolve) => this.#ending.set(slot, resolve)),
    );
    await Promise.all(waits);
  }

  /** It cannot be ended from here; what it waits for can, and it leaves the processor to others. */
  #holdBack(slot: EndingSlot): string {
    const { children, osThreadId } = slot;
    const othersSince = countedBack(this.#options.clock, this.#othersSinceMs(slot));
    this.#stuck.add(slot);
    yieldPriority(osThreadId);
    const { own, doubtful } = childrenToEnd(osThreadId, children.sinceEpochMs, othersSince);
    endProcessTrees(own);
    const ended =
      own.length === 0
        ? 'it is inside a native call that cannot be interrupted'
        : `it waited for child processes, which were ended: ${namesOf(own)}`;
    if (doubtful.length === 0) return ended;
    return `${ended}; these may be another worker's and were left alone: ${namesOf(doubtful)}`;
  }

  /** Since when another thread may have started children that look like this one's, on the
   * monotonic clock. */
  #othersSinceMs(slot: EndingSlot): number {
    if (this.#lastGoneMs >= slot.children.sinceMs) return Number.NEGATIVE_INFINITY;
    const alive = [...this.#options.others(), ...this.#ending.keys(), ...this.#stuck];
    const others = alive.filter((other) => other !== slot);
    return Math.min(...others.map(({ children }) => children.startedMs));
  }

  #checkStuck(): void {
    const { stuckLimit, onUnfit } = this.#options;
    const count = this.#stuck.size;
    if (count <= stuckLimit) return;
    const threads = count === 1 ? '1 thread is' : `${count} threads are`;
    onUnfit(`${threads} stuck in native calls, more than BULKHEAD_STUCK_LIMIT=${stuckLimit}`);
  }
}

function namesOf(children: readonly ChildProcess[]): string {
  return children.map(({ command, pid }) => `${command} (${pid})`).join(', ');
}
