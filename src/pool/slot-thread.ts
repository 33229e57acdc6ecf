// The thread of a slot, and its private channels. It moves tasks and messages; what they mean, and
// what a death means, is decided in worker-slot.ts.
import { type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import {
  parseControlReply,
  parseHandlerResult,
  parseLastWords,
  parseTaskReply,
  type RawReply,
} from '../core/handler-result.ts';
import {
  type ControlMessage,
  type HandlerResult,
  HOOKS_NUMBER,
  type HookMoment,
  type LastWords,
  type ListeningReply,
  type LogSetup,
  type MemoryUse,
  type PendingResource,
  type WorkerTask,
} from '../core/thread-protocol.ts';
import { SlotStream } from './slot-stream.ts';
import { LaunchedThread, type LaunchOptions } from './thread-launch.ts';

export type SlotThreadOptions = LaunchOptions & {
  /** One that has begun to start; undefined: it begins now. */
  readonly launched?: LaunchedThread | undefined;
  /** The end of a task other than hooks. */
  readonly onReply: (reply: RawReply) => void;
  /** `error` comes first and carries the reason; an exit code alone means that the thread left. */
  readonly onDeath: (error: unknown, exitCode: number | undefined) => void;
  readonly onListening: (reply: ListeningReply) => void;
  /** The thread is about to be ended, wherever it is. */
  readonly onTerminate: (log: LogSetup) => void;
  /** The thread is joined: nothing of it is left. */
  readonly onExit: (exitCode: number) => void;
  /** What it has sent cannot be used: nothing more of it is read. */
  readonly onDefect: (error: unknown) => void;
};

export type OnPending = (resources: readonly PendingResource[]) => void;

type Asked = { readonly onEarly: OnPending; readonly onWhole: OnPending };

type Hooks = ReturnType<typeof Promise.withResolvers<unknown>>;

export class SlotThread {
  readonly worker: Worker;
  readonly stream: SlotStream;
  /** When its own code began; undefined: that is not reported. */
  bootedAtMs: number | undefined;
  readonly #tasks: MessagePort;
  readonly #lastWords: MessagePort;
  readonly #control: MessagePort;
  readonly #options: SlotThreadOptions;
  readonly #asked = new Map<number, Asked>();
  readonly #pinged = new Map<number, () => void>();
  #hooks: Hooks | undefined;
  #askCount = 0;
  #isBroken = false;

  constructor(options: SlotThreadOptions) {
    this.#options = options;
    const thread = options.launched ?? new LaunchedThread(options);
    this.#tasks = listenTo(thread.tasks, (reply) => this.#onTaskReply(reply));
    this.#control = listenTo(thread.control, (reply) => this.#onControlReply(reply));
    // They are read when it has died.
    this.#lastWords = thread.lastWords;
    this.stream = new SlotStream(thread.stream, options.onDefect);
    this.worker = thread.worker;
    thread.hear({
      onError: (error) => {
        this.#drainStream();
        options.onDeath(error, undefined);
      },
      onExit: (code) => {
        this.#drainStream();
        options.onDeath(undefined, code);
        options.onExit(code);
      },
    });
  }

  /** Init, or an invocation; its end comes by `onReply`. */
  send(task: Exclude<WorkerTask, { kind: 'hooks' }>, moved: readonly ArrayBuffer[] = []): void {
    this.#tasks.postMessage(task, moved);
  }

  /** Runs snapshot hooks; resolves with whatever the thread sends back, rejects when it is ended
   * before. */
  runHooks(moment: HookMoment): Promise<unknown> {
    this.#hooks = Promise.withResolvers<unknown>();
    const task: WorkerTask = { kind: 'hooks', moment };
    this.#tasks.postMessage(task);
    return this.#hooks.promise;
  }

  /** What it has sent back, once all that it had sent before is handed on.
   * @param number of the invocation that it is the end of.
   * @throws RuntimeError `Runtime.InvalidResult`. */
  readResult(value: unknown, number: number): HandlerResult {
    const result = parseHandlerResult(value);
    if (result.kind === 'ready') {
      this.bootedAtMs = result.bootedAtMs;
      this.stream.prepare(result.isStreaming);
    } else this.stream.complete(number, result.kind === 'withdrawn' ? 0 : result.posts);
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
    this.#options.onTerminate(this.#options.setup.log);
    void this.worker.terminate();
    this.#hooks?.reject(new Error('The thread has ended'));
    this.#tasks.close();
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

  /** User code that has got hold of its port may send anything, as much as it can. */
  #onTaskReply(value: unknown): void {
    if (this.#isBroken) return;
    try {
      const reply = parseTaskReply(value);
      const hooks = this.#hooks;
      if (reply.number !== HOOKS_NUMBER || hooks === undefined) {
        this.#options.onReply(reply);
        return;
      }
      this.#hooks = undefined;
      if (reply.defect === undefined) hooks.resolve(reply.result);
      else hooks.reject(new Error(reply.defect));
    } catch (error) {
      this.#isBroken = true;
      this.#options.onDefect(error);
    }
  }

  #onControlReply(value: unknown): void {
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

/** What comes through it keeps nothing alive: the thread does. */
function listenTo(port: MessagePort, onMessage: (message: unknown) => void): MessagePort {
  port.on('message', onMessage);
  port.unref();
  return port;
}
