// One thread of a slot: a Piscina of exactly one, and the private channels beside it. It moves
// tasks and messages; what they mean, and what a death means, is decided in worker-slot.ts.
import { createRequire } from 'node:module';
import {
  MessageChannel,
  type MessagePort,
  type ResourceLimits,
  receiveMessageOnPort,
  type Worker,
} from 'node:worker_threads';
import type PiscinaModule from 'piscina';
import { CLAIM_CELLS } from '../core/claim-board.ts';
import { assert } from '../core/errors.ts';
import { parseControlReply, parseHandlerResult, parseLastWords } from '../core/handler-result.ts';
import { WORKER_YOUNG_MB } from '../core/limits.ts';
import type {
  ControlMessage,
  HandlerResult,
  HookMoment,
  HooksTask,
  InitTask,
  InvokeTask,
  LastWords,
  ListeningReply,
  LogSetup,
  MemoryUse,
  PendingResource,
  WorkerData,
} from '../core/thread-protocol.ts';
import { letThreadLimitsCount } from '../os/heap-flags.ts';
import { SlotStream } from './slot-stream.ts';
import { checkReplies } from './task-replies.ts';

type PiscinaPool = PiscinaModule.Piscina;
type PiscinaOptions = ConstructorParameters<typeof PiscinaModule.Piscina>[0];
const { Piscina } = createRequire(import.meta.url)('piscina') as typeof PiscinaModule;

export type SlotThreadOptions = {
  /** File of the thread's entry point. */
  readonly entry: string;
  readonly workerData: WorkerData;
  readonly heapLimitMb: number | undefined;
  /** `error` comes first and carries the reason; an exit code alone means that the thread left. */
  readonly onDeath: (error: unknown, exitCode: number | undefined) => void;
  readonly onListening: (reply: ListeningReply) => void;
  /** The thread is about to be ended, wherever it is. */
  readonly onTerminate: (log: LogSetup) => void;
  /** The thread is joined: nothing of it is left. */
  readonly onExit: (exitCode: number) => void;
  /** What it has sent for its response cannot be used. */
  readonly onDefect: (error: unknown) => void;
};

export type OnPending = (resources: readonly PendingResource[]) => void;

type Asked = { readonly onEarly: OnPending; readonly onWhole: OnPending };

export class SlotThread {
  readonly worker: Worker;
  readonly stream: SlotStream;
  readonly #piscina: PiscinaPool;
  readonly #lastWords: MessagePort;
  readonly #lastWordsFar: MessagePort;
  readonly #control: MessagePort;
  readonly #controlFar: MessagePort;
  readonly #options: SlotThreadOptions;
  readonly #asked = new Map<number, Asked>();
  readonly #pinged = new Map<number, () => void>();
  #askCount = 0;

  constructor(options: SlotThreadOptions) {
    this.#options = options;
    ({ port1: this.#lastWords, port2: this.#lastWordsFar } = new MessageChannel());
    ({ port1: this.#control, port2: this.#controlFar } = new MessageChannel());
    this.#control.on('message', (reply: unknown) => this.#onReply(reply));
    this.#control.unref();
    this.stream = new SlotStream(options.onDefect);
    if (options.heapLimitMb !== undefined) letThreadLimitsCount();
    let isChecked = false;
    this.#piscina = new Piscina({
      ...toPiscinaOptions(options),
      // Asked for each task, first of all for Init; there is one thread.
      loadBalancer: (_task, [thread]) => {
        if (!isChecked && thread !== undefined) checkReplies(thread, options.onDefect);
        isChecked = true;
        return thread ?? null;
      },
    });
    // A stray error without a listener would end the supervisor.
    this.#piscina.on('error', () => {});
    const [worker] = this.#piscina.threads;
    assert(worker !== undefined, 'a pool of one thread starts with it');
    this.worker = worker;
    // Piscina would answer a death by starting another thread of its own accord: it is not told.
    worker.removeAllListeners('error').removeAllListeners('exit');
    worker.on('error', (error: unknown) => {
      this.#drainStream();
      options.onDeath(error, undefined);
    });
    worker.on('exit', (code: number) => {
      this.#drainStream();
      options.onDeath(undefined, code);
      options.onExit(code);
    });
  }

  /** Runs Init; resolves with whatever the thread sends back. */
  init(): Promise<unknown> {
    const [lastWords, control, stream] = [this.#lastWordsFar, this.#controlFar, this.stream.far];
    const task: InitTask = { kind: 'init', lastWords, control, stream };
    return this.#piscina.run(task, { transferList: [lastWords, control, stream] });
  }

  /** Runs an invocation; resolves with whatever the thread sends back. */
  invoke(task: InvokeTask): Promise<unknown> {
    return this.#piscina.run(task, { transferList: [task.event.buffer as ArrayBuffer] });
  }

  /** Runs snapshot hooks; resolves with whatever the thread sends back. */
  runHooks(moment: HookMoment): Promise<unknown> {
    const task: HooksTask = { kind: 'hooks', moment };
    return this.#piscina.run(task);
  }

  /** What it has sent back, once all that it had sent before is handed on.
   * @param number of the invocation that it is the end of.
   * @throws RuntimeError `Runtime.InvalidResult`. */
  readResult(value: unknown, number: number): HandlerResult {
    const result = parseHandlerResult(value);
    if (result.kind === 'ready') this.stream.prepare(result.isStreaming);
    else this.stream.complete(number, result.kind === 'withdrawn' ? 0 : result.posts);
    return result;
  }

  tell(message: ControlMessage): void {
    this.#control.postMessage(message);
  }

  /** What the thread waits for; stays pending while its loop does not turn. `onEarly` gets what it
   * can tell at once. */
  askPending(
    searchMs?: number,
    onEarly: OnPending = () => {},
  ): Promise<readonly PendingResource[]> {
    this.#askCount += 1;
    const ask = this.#askCount;
    return new Promise((resolve) => {
      this.#asked.set(ask, { onEarly, onWhole: resolve });
      this.tell({ kind: 'pending', ask, searchMs });
    });
  }

  /** `onTurn` runs when the thread's loop has turned; it may never. */
  ping(onTurn: () => void): void {
    this.#askCount += 1;
    this.#pinged.set(this.#askCount, onTurn);
    this.tell({ kind: 'ping', ask: this.#askCount });
  }

  /** What its isolate holds, asked by an interrupt: stays pending inside a native call. */
  async readMemory(): Promise<MemoryUse | undefined> {
    // Not in every Node that is supported (22.16, 24.0).
    const stats = await this.worker.getHeapStatistics?.();
    if (stats === undefined) return undefined;
    return { heapBytes: stats.used_heap_size, externalBytes: stats.external_memory };
  }

  /** What the thread said of itself before it died. */
  readLastWords(): LastWords | undefined {
    return parseLastWords(receiveMessageOnPort(this.#lastWords)?.message);
  }

  /** Ends the thread; the exit is told when it is there, which may be never. */
  terminate(): void {
    this.#options.onTerminate(this.#options.workerData.bulkhead.log);
    void this.#piscina.destroy();
    this.#lastWords.close();
    this.#control.close();
    this.stream.close();
    this.#asked.clear();
    this.#pinged.clear();
  }

  /** For a thread that has not heard it the first time. */
  terminateAgain(): void {
    void this.worker.terminate();
  }

  /** A death comes after what the thread had sent. */
  #drainStream(): void {
    try {
      this.stream.drain();
    } catch {
      // It is dead: there is nobody left not to trust.
    }
  }

  #onReply(value: unknown): void {
    const reply = parseControlReply(value);
    if (reply === undefined) return;
    if (reply.kind === 'pong') {
      this.#pinged.get(reply.ask)?.();
      this.#pinged.delete(reply.ask);
      return;
    }
    if (reply.kind !== 'pending') {
      this.#options.onListening(reply);
      return;
    }
    const asked = this.#asked.get(reply.ask);
    if (reply.isEarly === true) {
      asked?.onEarly(reply.resources);
      return;
    }
    asked?.onWhole(reply.resources);
    this.#asked.delete(reply.ask);
  }
}

function toPiscinaOptions(options: SlotThreadOptions): PiscinaOptions {
  const { entry, workerData, heapLimitMb } = options;
  return {
    filename: entry,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    concurrentTasksPerWorker: workerData.bulkhead.claims === undefined ? 1 : CLAIM_CELLS,
    // The handler's loop goes on between invocations (docs/adr/0003-piscina-atomics.md).
    atomics: 'disabled',
    recordTiming: false,
    workerHistogram: false,
    workerData,
    // For preloads: the thread's own code comes after them.
    argv: [...workerData.bulkhead.argv],
    // With arguments of its own a thread reads NODE_OPTIONS again, instead of having its parent's.
    ...(workerData.bulkhead.hasOwnPreloads ? { execArgv: [] } : {}),
    trackUnmanagedFds: true,
    ...(heapLimitMb === undefined ? {} : { resourceLimits: toResourceLimits(heapLimitMb) }),
  };
}

function toResourceLimits(heapLimitMb: number): ResourceLimits {
  return { maxOldGenerationSizeMb: heapLimitMb, maxYoungGenerationSizeMb: WORKER_YOUNG_MB };
}
