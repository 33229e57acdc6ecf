// The handler on the main thread: the escape hatch for code that refuses to run in a worker, and
// the baseline of the benchmarks. There is nothing to supervise and nothing to replace.

import { MessageChannel } from 'node:worker_threads';
import { SILENT_DEATH, toCrash } from '../core/crash.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Invocation } from '../core/invocation.ts';
import type {
  Acquired,
  HandlerPool,
  InitFailure,
  InitResult,
  OpenStream,
  Slot,
  SlotResult,
  SnapshotPool,
} from '../core/ports.ts';
import type { StreamPort } from '../core/thread-ports.ts';
import type {
  HandlerResult,
  HookMoment,
  InvokeTask,
  LastWords,
  ReceivedSignal,
} from '../core/thread-protocol.ts';
import { toSlotResult, toTask } from './handler-exchange.ts';
import { SlotStream } from './slot-stream.ts';

/** The worker's own code, run here. */
export type InlineRunner = {
  init(): Promise<HandlerResult>;
  invoke(task: InvokeTask): Promise<HandlerResult>;
  runHooks(moment: HookMoment): Promise<HandlerResult>;
  /** Aborts `context.signal` of what is in flight. */
  abortSignals(reason: 'shutdown'): void;
};

const LOST = 'The main thread takes no other invocation: nobody knows its state any more';
const NOT_WATCHED = { kind: 'none', reason: 'the main thread cannot watch itself' } as const;

export class InlinePool implements HandlerPool, SnapshotPool {
  readonly #runner: InlineRunner;
  readonly #stream: SlotStream;
  readonly #waiters: ((acquired: Acquired) => void)[] = [];
  #started: Promise<InitResult> | undefined;
  #isBusy = false;
  #invocationCount = 0;
  #onCrash: ((result: SlotResult) => void) | undefined;
  #inFlight: Invocation | undefined;
  #signal: ReceivedSignal | undefined;
  #failure: InitFailure | undefined;

  /** @param createRunner with its end of the channel for streamed responses. */
  constructor(createRunner: (stream: StreamPort) => InlineRunner) {
    // What it sends comes from this very thread: a defect of it has nobody to be hidden from.
    const { port1: near, port2: far } = new MessageChannel();
    this.#stream = new SlotStream(near, (error) => {
      throw error;
    });
    this.#runner = createRunner(far);
  }

  start(): Promise<InitResult> {
    this.#started ??= this.#init();
    return this.#started;
  }

  async runHooks(moment: HookMoment): Promise<InitResult> {
    return toInitResult(await this.#runner.runHooks(moment));
  }

  async #init(): Promise<InitResult> {
    const result = await this.#runner.init();
    this.#stream.prepare(result.kind === 'ready' && result.isStreaming);
    return toInitResult(result);
  }

  tryAcquire(): Slot | undefined {
    if (this.#isBusy || this.#failure !== undefined) return undefined;
    this.#isBusy = true;
    return this.#slot();
  }

  acquire(): Promise<Acquired> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.#serve();
    });
  }

  /** There is one start, and Init tells of it. */
  readonly startProblem = undefined;

  replenish(): void {}

  announceShutdown(signal: ReceivedSignal | undefined): void {
    this.#signal = signal;
    this.#runner.abortSignals('shutdown');
  }

  /** Node has told the user's listeners itself; one is the supervisor's. */
  async windDown(limit: Promise<void>): Promise<void> {
    if (this.#signal !== undefined && process.listenerCount(this.#signal.name) > 1) await limit;
  }

  close(): Promise<{ readonly stuck: number }> {
    return Promise.resolve({ stuck: 0 });
  }

  /** An error outside the handler's promise: the invocation in flight is answered with it, and the
   * main thread, whose state nobody knows any more, takes no other. */
  crash(lastWords: LastWords): void {
    const death = { ...SILENT_DEATH, lastWords };
    const outcome = toCrash(death, this.#inFlight?.requestId);
    this.#failure = { kind: 'failure', error: outcome.error, headerType: outcome.headerType };
    if (this.#onCrash !== undefined) this.#stream.drain();
    this.#onCrash?.({ kind: 'crash', outcome });
    this.#serve();
  }

  #serve(): void {
    const failure = this.#failure;
    if (failure !== undefined) {
      for (const waiter of this.#waiters.splice(0)) waiter({ ...failure, finalReason: LOST });
    } else if (!this.#isBusy) {
      const waiter = this.#waiters.shift();
      if (waiter === undefined) return;
      this.#isBusy = true;
      waiter({ kind: 'slot', slot: this.#slot() });
    }
  }

  #slot(): Slot {
    const free = (): void => {
      this.#isBusy = false;
      this.#serve();
    };
    const isReady = (): boolean => this.#failure === undefined;
    return {
      id: 0,
      get isReady() {
        return isReady();
      },
      accepts: () => true,
      invoke: (invocation, deadline, open) => this.#invoke(invocation, deadline, open),
      prepareEvidence: () => {},
      collectEvidence: () => Promise.resolve({ evidence: NOT_WATCHED, profilePath: undefined }),
      release: free,
      condemn: free,
    };
  }

  #invoke(
    invocation: Invocation,
    deadline: Deadline | undefined,
    openStream: OpenStream,
  ): Promise<SlotResult> {
    this.#inFlight = invocation;
    this.#invocationCount += 1;
    const number = this.#invocationCount;
    this.#stream.begin(number, openStream);
    const task = toTask(invocation, deadline, number, undefined);
    return new Promise((resolve, reject) => {
      this.#onCrash = resolve;
      this.#runner
        .invoke(task)
        .then((result) => {
          this.#stream.complete(number, 'posts' in result ? result.posts : undefined);
          resolve(toSlotResult(result));
        })
        .catch(reject)
        .finally(() => {
          this.#onCrash = undefined;
          this.#inFlight = undefined;
        });
    });
  }
}

function toInitResult(result: HandlerResult): InitResult {
  if (result.kind !== 'failure') return { kind: 'ready' };
  return { kind: 'failure', error: result.error, headerType: result.headerType };
}
