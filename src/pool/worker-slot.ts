// One supervised worker thread: starting -> ready -> busy -> ready ... -> gone, or stuck.
// A slot is a Piscina of exactly one thread, thrown away whole: Piscina moves the tasks, but what
// a death means and what replaces the dead is decided here (docs/adr/0001-one-thread-per-slot.md).
import { createRequire } from 'node:module';
import {
  MessageChannel,
  type MessagePort,
  type ResourceLimits,
  receiveMessageOnPort,
} from 'node:worker_threads';
import type PiscinaModule from 'piscina';
import { type Death, toCrash } from '../core/crash.ts';
import { assert } from '../core/errors.ts';
import { parseHandlerResult, parseLastWords } from '../core/handler-result.ts';
import type { Invocation } from '../core/invocation.ts';
import { TERMINATE_MS_MAX, WORKER_YOUNG_MB } from '../core/limits.ts';
import type { Clock, InitResult, SlotResult, WorkerEndCause } from '../core/ports.ts';
import type { HandlerResult, InitTask, InvokeTask, WorkerData } from '../core/thread-protocol.ts';
import { toSlotResult, toTask } from './handler-exchange.ts';
import { workerFailure } from './slot-start.ts';

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
  /** The thread is gone (`state` says so), or is stuck and may be gone later. */
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
  readonly #lastWords: MessagePort;
  readonly #lastWordsFar: MessagePort;
  #pending: PendingTask | undefined;
  #endCause: WorkerEndCause | undefined;
  #cancelStuck: () => void = () => {};

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
    // Piscina would answer a death by starting another thread of its own accord: it is not told.
    worker.removeAllListeners('error').removeAllListeners('exit');
    worker.on('error', (error: unknown) => this.#onDeath(error, undefined));
    worker.on('exit', (code: number) => this.#onExit(code));
  }

  /** Runs Init in the thread. Never rejects. */
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
    // Here the death behind a result counts: there is no worker to be had any more.
    if (this.#endCause !== undefined) return workerFailure('The worker died as it became ready');
    this.state = 'ready';
    this.wasReady = true;
    return { kind: 'ready' };
  }

  /** Runs one invocation. Never rejects. */
  async invoke(invocation: Invocation): Promise<SlotResult> {
    assert(this.state === 'busy', `slot ${this.id} is lent, not ${this.state}`);
    this.invocationCount += 1;
    const task = toTask(invocation);
    const result = await this.#run(task, [task.event.buffer as ArrayBuffer]);
    if (!('death' in result)) return toSlotResult(result);
    const outcome = toCrash(result.death, invocation.requestId);
    return { kind: 'crash', outcome, handlerMs: 0 };
  }

  /** Ends the thread without waiting; its pending task stays pending. */
  end(cause: WorkerEndCause): void {
    if (this.#endCause !== undefined) return;
    this.#pending = undefined;
    this.#lose(cause);
    this.#destroy();
  }

  #run(
    task: InitTask | InvokeTask,
    transferList: readonly (ArrayBuffer | MessagePort)[],
  ): Promise<HandlerResult | { readonly death: Death }> {
    return new Promise((resolve) => {
      const pending: PendingTask = { onDeath: (death) => resolve({ death }) };
      this.#pending = pending;
      const settle = (result: unknown): void => {
        if (this.#pending !== pending) return;
        this.#pending = undefined;
        try {
          resolve(parseHandlerResult(result));
        } catch (error) {
          this.#onDefect(error, pending);
        }
      };
      this.#piscina.run(task, { transferList: [...transferList] }).then(settle, (error) => {
        if (this.#pending === pending) this.#onDefect(error, pending);
      });
    });
  }

  /** The thread's own code failed, or what it sent cannot be used: user code has damaged what the
   * runtime relies on in there. The thread is not trusted any further. */
  #onDefect(error: unknown, pending: PendingTask): void {
    const cause = this.state === 'starting' ? 'init' : 'crash';
    this.#pending = undefined;
    this.end(cause);
    pending.onDeath({ ...this.#death(), errorMessage: messageOf(error) });
  }

  /** `error` comes first and carries the reason; `exit` alone means that the thread left. */
  #onDeath(error: unknown, exitCode: number | undefined): void {
    if (this.#endCause !== undefined) return;
    const { code } = (error ?? {}) as { code?: unknown };
    const words: unknown = receiveMessageOnPort(this.#lastWords)?.message;
    const death: Death = {
      ...this.#death(),
      lastWords: parseLastWords(words),
      errorCode: typeof code === 'string' ? code : undefined,
      errorMessage: error === undefined ? undefined : messageOf(error),
      exitCode,
    };
    const pending = this.#pending;
    const isIdle = pending === undefined;
    this.#lose(this.state === 'starting' ? 'init' : isIdle ? 'idle_crash' : 'crash');
    // What the thread had sent before may not have been read yet: a result counts before a death.
    setImmediate(() => {
      this.#destroy();
      if (pending === undefined || this.#pending !== pending) return;
      this.#pending = undefined;
      pending.onDeath(death);
    });
  }

  #death(): Death {
    const { heapLimitMb } = this.#options;
    return {
      lastWords: undefined,
      errorCode: undefined,
      errorMessage: undefined,
      exitCode: undefined,
      heapLimitMb,
    };
  }

  #lose(cause: WorkerEndCause): void {
    this.#endCause = cause;
    this.state = 'gone';
    const { clock, onLost } = this.#options;
    this.#cancelStuck = clock.scheduleAt(clock.nowEpochMs() + TERMINATE_MS_MAX, () => {
      this.#ended('stuck');
    });
    onLost(this, cause);
  }

  #destroy(): void {
    // Resolves at the thread's exit, or never: that is watched with a deadline of its own.
    void this.#piscina.destroy();
    this.#lastWords.close();
  }

  #onExit(code: number): void {
    this.#onDeath(undefined, code);
    this.#cancelStuck();
    // After the verdict, which is a turn away.
    setImmediate(() => this.#ended('gone'));
  }

  /** Told once, or twice: a stuck thread may end after all. */
  #ended(state: 'gone' | 'stuck'): void {
    this.state = state;
    this.#options.onEnded(this, this.#endCause ?? 'crash');
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
