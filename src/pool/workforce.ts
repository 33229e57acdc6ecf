// What every pool of workers has: their supply, their ends, the watch over their memory, and the
// signals of the process. Who gets which worker is the pool's own.
import type { ErrorPayload } from '../core/error-payload.ts';
import type { Acquired, InitFailure, InitResult } from '../core/ports.ts';
import type { ReceivedSignal } from '../core/thread-protocol.ts';
import type { HandlerPoolOptions } from './handler-pool-options.ts';
import { MemoryWatch, toWatched } from './memory-watch.ts';
import { SignalRelay } from './signal-relay.ts';
import { WorkerEndings } from './worker-endings.ts';
import type { WorkerSlot } from './worker-slot.ts';
import { WorkerSupply } from './worker-supply.ts';

export type Duties = {
  /** How many workers are to be started now. */
  readonly missing: (slots: ReadonlySet<WorkerSlot>) => number;
  readonly onReady: () => void;
  /** Takes no more work, and is about to end. */
  readonly onLost: (slot: WorkerSlot) => void;
  /** Its thread is gone, or stuck. */
  readonly onEnded: () => void;
  /** Whoever waits for a worker is told that it could not start. */
  readonly onFailure: (acquired: Acquired) => void;
};

export class Workforce {
  readonly supply: WorkerSupply;
  readonly endings: WorkerEndings;
  readonly memory: MemoryWatch;
  readonly signals: SignalRelay;
  /** Why the last start failed, in a few words. */
  startProblem: string | undefined;
  /** There will be no worker any more. */
  final: Acquired | undefined;
  readonly #onGivenUp: HandlerPoolOptions['onGivenUp'];
  readonly #duties: Duties;
  #started: Promise<InitResult> | undefined;

  constructor(options: HandlerPoolOptions, duties: Duties) {
    this.#onGivenUp = options.onGivenUp;
    this.#duties = duties;
    this.endings = new WorkerEndings({ ...options, others: () => this.supply.slots });
    this.supply = new WorkerSupply({
      ...options,
      missing: duties.missing,
      onListening: (slot, reply) => this.signals.onReply(slot, reply),
      onReady: () => {
        this.startProblem = undefined;
        duties.onReady();
      },
      onFailure: (failure, finalReason) => this.#onFailure(failure, finalReason),
      onLost: (slot) => {
        this.endings.began(slot);
        duties.onLost(slot);
      },
      onEnded: (slot) => {
        this.endings.ended(slot);
        duties.onEnded();
      },
    });
    this.signals = new SignalRelay({
      workers: () => this.supply.slots,
      settled: () => this.endings.settled(),
    });
    this.memory = new MemoryWatch({
      ...options,
      limitBytes: options.memoryLimitBytes,
      busyWorkers: () => [...this.supply.slots].filter((slot) => slot.isRunning).map(toWatched),
      onOverBudget: (id, error) => this.#endForMemory(id, error),
      endingCount: () => this.endings.count,
      stuckCount: () => this.endings.stuckCount,
    });
  }

  /** May be called early: the thread boots while other things are loaded. */
  start(): Promise<InitResult> {
    this.#started ??= this.supply.first();
    return this.#started;
  }

  announceShutdown(signal: ReceivedSignal | undefined): void {
    this.signals.announceShutdown(signal);
  }

  windDown(limit: Promise<void>): Promise<void> {
    return this.signals.windDown(limit);
  }

  async close(): Promise<{ readonly stuck: number }> {
    this.memory.stop();
    this.supply.close();
    this.endings.hurry();
    return { stuck: await this.endings.settledInTime() };
  }

  /** Its invocations are answered with the numbers; the process lives. */
  #endForMemory(id: number, error: ErrorPayload): void {
    const slot = [...this.supply.slots].find((one) => one.id === id);
    slot?.fail('memory', () => ({ kind: 'crash', error, headerType: error.errorType }));
  }

  #onFailure(failure: InitFailure, finalReason: string | undefined): void {
    const { errorType, errorMessage } = failure.error;
    this.startProblem = `${errorType}: ${errorMessage}`;
    const acquired: Acquired = { ...failure, finalReason };
    if (finalReason !== undefined) this.final = acquired;
    this.#duties.onFailure(acquired);
    if (finalReason !== undefined) this.#onGivenUp(finalReason, failure);
  }
}
