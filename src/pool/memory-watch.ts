// Watches the memory that no heap limit counts, while invocations are in flight: the worker that
// would take the process down is ended before the platform ends the process.
import type { ErrorPayload } from '../core/error-payload.ts';
import {
  MEMORY_ASK_MS_MAX,
  MEMORY_CALM_MS,
  MEMORY_HELP_MS,
  MEMORY_HELP_PAUSE_MS,
  MEMORY_RETRY_MS,
} from '../core/limits.ts';
import {
  type BusyWorker,
  inMb,
  levelOf,
  type MemoryLevel,
  type MemoryReading,
  nextLookMs,
  offenderOf,
  overBudgetError,
  withReading,
} from '../core/memory-budget.ts';
import type { Cancel, Clock } from '../core/ports.ts';
import type { MemoryUse } from '../core/thread-protocol.ts';
import { collectFully } from '../os/heap-flags.ts';
import type { WorkerSlot } from './worker-slot.ts';

/** A worker with an invocation in flight. */
export type WatchedWorker = {
  readonly id: number;
  /** Asks its thread; may stay pending or reject when that is inside a native call, or gone. */
  readonly readMemory: () => Promise<MemoryUse | undefined>;
  /** From its last result. */
  readonly lastUse: MemoryUse | undefined;
  /** The least of all its results. */
  readonly freshBytes: number | undefined;
};

type WorkerMemory = Pick<WorkerSlot, 'id' | 'held' | 'thread'>;

export type MemoryWatchOptions = {
  readonly clock: Clock;
  /** What the process may use; undefined: not known, and nothing is watched. */
  readonly limitBytes: number | undefined;
  /** Of each worker; undefined: Node's own. */
  readonly heapLimitMb: number | undefined;
  readonly readProcessBytes: () => number;
  readonly busyWorkers: () => readonly WatchedWorker[];
  /** The worker has to be ended now; `error` is what its invocation is answered with. */
  readonly onOverBudget: (workerId: number, error: ErrorPayload) => void;
  /** Threads that are being ended and are not gone, stuck ones among them. */
  readonly endingCount: () => number;
  /** Threads that cannot be ended. */
  readonly stuckCount: () => number;
  /** No end of a worker helps; why the process has to end, in words. */
  readonly onUnfit: (reason: string) => void;
  /** Makes each collection of garbage a full one while it is on. */
  readonly collectFully?: (isOn: boolean) => void;
};

export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  readonly #limitBytes: number;
  #inFlight = 0;
  /** Of the next look; there is one while anything is in flight, and for a moment after. */
  #cancel: Cancel | undefined;
  #readings: readonly MemoryReading[] = [];
  #idleBytes = 0;
  /** Somebody was ended: until then, or until so much of the memory is back, nobody else is. */
  #calm: { readonly untilMs: number; readonly aboveBytes: number } | undefined;
  /** The memory was full while there were stuck threads. */
  #wasFullBesideStuck = false;
  /** V8 was made to collect fully: since then, and whether it still is. */
  #help: { readonly sinceMs: number; readonly isOn: boolean } | undefined;
  /** Threads that have not answered yet are not asked anew. */
  readonly #asked = new Map<number, Promise<MemoryUse | undefined>>();
  #isStopped: boolean;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
    this.#limitBytes = options.limitBytes ?? 0;
    this.#isStopped = options.limitBytes === undefined;
  }

  /** An invocation is handed to a worker. */
  begin(): void {
    this.#inFlight += 1;
    // The look that was ordered for those before serves this one as well.
    if (this.#isStopped || this.#cancel !== undefined) return;
    this.#idleBytes = this.#options.readProcessBytes();
    this.#updateCalm(this.#idleBytes);
    this.#lookIn(nextLookMs(this.#idleBytes, this.#limitBytes));
  }

  /** An invocation is over, however it ended. */
  end(): void {
    this.#inFlight -= 1;
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
    this.#assist('free');
  }

  #lookIn(ms: number): void {
    const { clock } = this.#options;
    this.#cancel = clock.scheduleAt(clock.nowEpochMs() + ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    if (this.#inFlight === 0) {
      this.#cancel = undefined;
      this.#readings = [];
      this.#assist('free');
      return;
    }
    const level = this.#read();
    this.#assist(level);
    this.#updateCalm(this.#processBytes());
    const isSettled = this.#calm !== undefined || level !== 'full' || (await this.#judge());
    const nextMs = nextLookMs(this.#processBytes(), this.#limitBytes);
    if (!this.#isStopped) this.#lookIn(isSettled ? nextMs : MEMORY_RETRY_MS);
  }

  #read(): MemoryLevel {
    const { clock, readProcessBytes } = this.#options;
    const reading = { atMs: clock.nowMonotonicMs(), processBytes: readProcessBytes() };
    this.#readings = withReading(this.#readings, reading);
    // The memory of a worker that was ended before may have come back late.
    this.#idleBytes = Math.min(this.#idleBytes, reading.processBytes);
    return levelOf(this.#readings, this.#idleBytes, this.#limitBytes);
  }

  #processBytes(): number {
    return this.#readings.at(-1)?.processBytes ?? 0;
  }

  /** Much of what a handler has left behind may be garbage that V8 saw no reason to collect. */
  #assist(level: MemoryLevel): void {
    const { clock, collectFully: collect = collectFully } = this.#options;
    const nowMs = clock.nowMonotonicMs();
    const { isOn, sinceMs } = this.#help ?? { isOn: false, sinceMs: Number.NEGATIVE_INFINITY };
    const ageMs = nowMs - sinceMs;
    if (isOn && (level === 'free' || ageMs >= MEMORY_HELP_MS)) {
      this.#help = { isOn: false, sinceMs };
      collect(false);
    } else if (!isOn && level !== 'free' && ageMs >= MEMORY_HELP_PAUSE_MS) {
      this.#help = { isOn: true, sinceMs: nowMs };
      collect(true);
    }
  }

  #updateCalm(processBytes: number): void {
    if (this.#calm === undefined) return;
    const { untilMs, aboveBytes } = this.#calm;
    const isOver = this.#options.clock.nowMonotonicMs() >= untilMs;
    if (isOver || processBytes <= aboveBytes) this.#calm = undefined;
  }

  /** False when it is too much and there is nobody to end. */
  async #judge(): Promise<boolean> {
    const { busyWorkers, clock, endingCount, heapLimitMb, onOverBudget } = this.#options;
    const beforeBytes = this.#processBytes();
    const workers = await Promise.all(busyWorkers().map((worker) => this.#ask(worker)));
    // Garbage may have been collected meanwhile, and invocations may have ended.
    if (this.#read() !== 'full' || this.#isStopped) return true;
    const busyIds = new Set(busyWorkers().map(({ id }) => id));
    const processBytes = this.#processBytes();
    const limits = {
      limitBytes: this.#limitBytes,
      heapLimitBytes: heapLimitMb === undefined ? undefined : heapLimitMb * 1024 * 1024,
    };
    const offender = offenderOf({
      ...limits,
      processBytes,
      grownBytes: processBytes - beforeBytes,
      idleBytes: this.#idleBytes,
      workers: workers.filter(({ id }) => busyIds.has(id)),
      hasOthers: endingCount() > 0,
    });
    this.#blameStuck(processBytes);
    if (offender === undefined) return false;
    const aboveBytes = processBytes - offender.gainBytes / 2;
    this.#calm = { untilMs: clock.nowMonotonicMs() + MEMORY_CALM_MS, aboveBytes };
    onOverBudget(offender.id, overBudgetError({ ...limits, processBytes }, offender));
    return true;
  }

  /** The memory is full. What stuck threads hold comes back with the process only: it ends when
   * what else could be done, once, did not last: a collection of garbage, the end of a worker. */
  #blameStuck(processBytes: number): void {
    const { stuckCount, onUnfit } = this.#options;
    const count = stuckCount();
    if (count > 0 && this.#wasFullBesideStuck) {
      const threads = count === 1 ? '1 stuck thread holds' : `${count} stuck threads hold`;
      const used = `${inMb(processBytes)} of ${inMb(this.#limitBytes)} MB`;
      onUnfit(`memory is short, ${used} are in use, and ${threads} part of it`);
    }
    this.#wasFullBesideStuck = count > 0;
  }

  /** Never rejects; answers in time, if need be with what is known already. */
  #ask(worker: WatchedWorker): Promise<BusyWorker> {
    const { clock } = this.#options;
    const { id, lastUse, freshBytes } = worker;
    const answer = this.#asked.get(id) ?? this.#put(worker);
    return new Promise((resolve) => {
      const settle = (use: MemoryUse | undefined): void => {
        cancel();
        resolve({ id, freshBytes, use: use ?? lastUse, hasAnswered: use !== undefined });
      };
      const cancel = clock.scheduleAt(clock.nowEpochMs() + MEMORY_ASK_MS_MAX, () => {
        settle(undefined);
      });
      void answer.then(settle);
    });
  }

  #put({ id, readMemory }: WatchedWorker): Promise<MemoryUse | undefined> {
    // A thread that is gone cannot be asked.
    const answer = readMemory()
      .catch(() => undefined)
      .finally(() => this.#asked.delete(id));
    this.#asked.set(id, answer);
    return answer;
  }
}

export function toWatched({ id, held, thread }: WorkerMemory): WatchedWorker {
  const { freshBytes, recent } = held;
  return { id, freshBytes, lastUse: recent.at(-1), readMemory: () => thread.readMemory() };
}
