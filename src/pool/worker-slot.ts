// One supervised worker thread: starting -> ready -> busy -> ready ... -> gone, or stuck.
// A slot is a Piscina of exactly one thread, thrown away whole: Piscina moves the tasks, but what
// a death means, and what replaces the dead, is decided here (docs/adr/0001-one-thread-per-slot.md).
import { createRequire } from 'node:module';
import {
  MessageChannel,
  type MessagePort,
  type ResourceLimits,
  receiveMessageOnPort,
  type Worker,
} from 'node:worker_threads';
import type PiscinaModule from 'piscina';
import { type Death, toCrash } from '../core/crash.ts';
import { assert } from '../core/errors.ts';
import type { Invocation } from '../core/invocation.ts';
import { TERMINATE_MS_MAX, WORKER_YOUNG_MB } from '../core/limits.ts';
import type { Clock, InitResult, SlotResult, WorkerEndCause } from '../core/ports.ts';
import type {
  HandlerResult,
  InitTask,
  InvokeTask,
  LastWords,
  WorkerData,
} from '../core/thread-protocol.ts';
import { toSlotResult, toTask } from './handler-exchange.ts';

type PiscinaPool = PiscinaModule.Piscina;
type PiscinaOptions = ConstructorParameters<typeof PiscinaModule.Piscina>[0];
const { Piscina } = createRequire(import.meta.url)('piscina') as typeof PiscinaModule;

export type SlotState = 'starting' | 'ready' | 'busy' | 'gone' | 'stuck';

export type WorkerSlotOptions = {
  readonly id: number;
  readonly role: 'active' | 'standby';
  readonly clock: Clock;
  /** File of the thread's entry point. */
  readonly entry: string;
  readonly workerData: WorkerData;
  readonly heapLimitMb: number | undefined;
  /** The slot can take no more work; called once, before anybody is told of the death. */
  readonly onLost: (slot: WorkerSlot, cause: WorkerEndCause) => void;
  /** The thread is gone, or survived its termination; called once. */
  readonly onEnded: (slot: WorkerSlot, cause: WorkerEndCause) => void;
};

type PendingTask = { readonly onDeath: (death: Death) => void };

export class WorkerSlot {
  readonly id: number;
  role: 'active' | 'standby';
  readonly startedAtMs: number;
  invocationCount = 0;
  state: SlotState = 'starting';
  wasReady = false;

  readonly #options: WorkerSlotOptions;
  readonly #piscina: PiscinaPool;
  readonly #worker: Worker;
  readonly #lastWords: MessagePort;
  readonly #lastWordsFar: MessagePort;
  #pending: PendingTask | undefined;
  #endCause: WorkerEndCause | undefined;
  #isEnded = false;

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
    this.id = options.id;
    this.role = options.role;
    this.startedAtMs = options.clock.nowMonotonicMs();
    const { port1, port2 } = new MessageChannel();
    this.#lastWords = port1;
    this.#lastWordsFar = port2;
    this.#piscina = new Piscina(toPiscinaOptions(options));
    // A stray error without a listener would end the supervisor.
    this.#piscina.on('error', () => {});
    const [worker] = this.#piscina.threads;
    assert(worker !== undefined, 'a pool of one thread starts with it');
    this.#worker = worker;
    // First in line: Piscina's own listeners would start another thread in the dead one's place.
    worker.prependListener('error', (error: unknown) => this.#onDeath(error, undefined));
    worker.prependListener('exit', (code: number) => {
      this.#onDeath(undefined, code);
      this.#onExit();
    });
  }

  /** Runs Init in the thread. Always resolves. */
  async start(): Promise<InitResult> {
    const task: InitTask = { kind: 'init', lastWords: this.#lastWordsFar };
    const result = await this.#run(task, [this.#lastWordsFar]);
    if ('death' in result) {
      const { error, headerType } = toCrash(result.death, undefined);
      return { kind: 'failure', error, headerType };
    }
    if (result.kind === 'failure') {
      this.end('init');
      return { kind: 'failure', error: result.error, headerType: result.headerType };
    }
    this.state = 'ready';
    this.wasReady = true;
    return { kind: 'ready' };
  }

  async invoke(invocation: Invocation): Promise<SlotResult> {
    assert(this.state === 'ready' || this.state === 'busy', `slot ${this.id} is ${this.state}`);
    this.state = 'busy';
    this.invocationCount += 1;
    const task = toTask(invocation);
    const result = await this.#run(task, [task.event.buffer as ArrayBuffer]);
    if ('death' in result) {
      const outcome = toCrash(result.death, invocation.requestId);
      return { kind: 'crash', outcome, handlerMs: 0 };
    }
    return toSlotResult(result);
  }

  /** Ends the thread without waiting; its pending task stays pending. */
  end(cause: WorkerEndCause): void {
    if (this.state === 'gone' || this.state === 'stuck') return;
    this.#pending = undefined;
    this.#lose(cause);
    const { clock } = this.#options;
    const cancel = clock.scheduleAt(clock.nowEpochMs() + TERMINATE_MS_MAX, () => this.#onStuck());
    this.#worker.once('exit', cancel);
    this.#destroy();
  }

  #run(
    task: InitTask | InvokeTask,
    transferList: readonly (ArrayBuffer | MessagePort)[],
  ): Promise<HandlerResult | { readonly death: Death }> {
    return new Promise((resolve, reject) => {
      this.#pending = { onDeath: (death) => resolve({ death }) };
      this.#piscina.run(task, { transferList: [...transferList] }).then(
        (result: HandlerResult) => {
          this.#pending = undefined;
          resolve(result);
        },
        // A rejection after a death was told already; any other is a defect of ours.
        (error: unknown) => {
          if (this.state !== 'gone' && this.state !== 'stuck') reject(error as Error);
        },
      );
    });
  }

  /** `error` comes first and carries the reason; `exit` alone means that the thread left. */
  #onDeath(error: unknown, exitCode: number | undefined): void {
    if (this.#endCause !== undefined) return;
    const { code, message } = (error ?? {}) as { code?: string; message?: string };
    const words: unknown = receiveMessageOnPort(this.#lastWords)?.message;
    const death: Death = {
      lastWords: words as LastWords | undefined,
      errorCode: code,
      errorMessage: error === undefined ? undefined : (message ?? String(error)),
      exitCode,
      heapLimitMb: this.#options.heapLimitMb,
    };
    const pending = this.#pending;
    this.#pending = undefined;
    const cause =
      this.state === 'starting' ? 'init' : pending === undefined ? 'idle_crash' : 'crash';
    this.#lose(cause);
    this.#destroy();
    pending?.onDeath(death);
  }

  #lose(cause: WorkerEndCause): void {
    this.#endCause = cause;
    this.state = 'gone';
    this.#options.onLost(this, cause);
  }

  #destroy(): void {
    // Resolves at the thread's exit, or never: #onExit and #onStuck watch that themselves.
    void this.#piscina.destroy();
    this.#lastWords.close();
  }

  #onExit(): void {
    this.#ended('gone');
  }

  #onStuck(): void {
    this.#ended('stuck');
  }

  #ended(state: 'gone' | 'stuck'): void {
    if (this.#isEnded || this.#endCause === undefined) return;
    this.#isEnded = true;
    this.state = state;
    this.#options.onEnded(this, this.#endCause);
  }
}

function toPiscinaOptions(options: WorkerSlotOptions): PiscinaOptions {
  const { entry, workerData, heapLimitMb } = options;
  return {
    filename: entry,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    concurrentTasksPerWorker: 1,
    // The handler's loop goes on between invocations (docs/adr/0003-piscina-atomics.md).
    atomics: 'disabled',
    recordTiming: false,
    workerHistogram: false,
    workerData,
    trackUnmanagedFds: true,
    ...(heapLimitMb === undefined ? {} : { resourceLimits: toResourceLimits(heapLimitMb) }),
  };
}

function toResourceLimits(heapLimitMb: number): ResourceLimits {
  return { maxOldGenerationSizeMb: heapLimitMb, maxYoungGenerationSizeMb: WORKER_YOUNG_MB };
}
