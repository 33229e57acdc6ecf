// A thread that has begun to start, with its private channels. It needs tens of milliseconds for
// that, in which whoever will listen to it is loaded: what comes before is kept.
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { WorkerSetup } from '../core/thread-protocol.ts';
import { letThreadLimitsCount } from '../os/heap-flags.ts';
import { toWorkerOptions } from './thread-options.ts';

export type LaunchOptions = {
  /** File of the thread's entry point. */
  readonly entry: string;
  readonly setup: WorkerSetup;
  /** Undefined: Node's own limit. */
  readonly heapLimitMb: number | undefined;
};

/** The end of a thread. `onError` comes first and carries the reason; an exit code alone means that
 * the thread left. */
export type ThreadEnds = {
  readonly onError: (error: unknown) => void;
  readonly onExit: (exitCode: number) => void;
};

export class LaunchedThread {
  readonly setup: WorkerSetup;
  readonly worker: Worker;
  // The supervisor's ends. What has come to them waits for the first listener.
  readonly tasks: MessagePort;
  readonly control: MessagePort;
  readonly lastWords: MessagePort;
  readonly stream: MessagePort;
  #ends: ThreadEnds | undefined;
  /** It has ended, and nobody was told. */
  readonly #untold: ((ends: ThreadEnds) => void)[] = [];

  /** @throws Error when there is no thread to be had: too many of them, or of open files. */
  constructor({ entry, setup, heapLimitMb }: LaunchOptions) {
    const [tasks, control, lastWords, stream] = [
      new MessageChannel(),
      new MessageChannel(),
      new MessageChannel(),
      new MessageChannel(),
    ];
    const ports = {
      tasks: tasks.port2,
      control: control.port2,
      lastWords: lastWords.port2,
      stream: stream.port2,
    };
    if (heapLimitMb !== undefined) letThreadLimitsCount();
    this.setup = setup;
    this.tasks = tasks.port1;
    this.control = control.port1;
    this.lastWords = lastWords.port1;
    this.stream = stream.port1;
    this.worker = new Worker(entry, {
      ...toWorkerOptions(setup, heapLimitMb),
      workerData: { bulkhead: setup, ports },
      transferList: Object.values(ports),
    });
    this.worker.on('error', (error: unknown) => this.#tell((ends) => ends.onError(error)));
    this.worker.on('exit', (code: number) => this.#tell((ends) => ends.onExit(code)));
  }

  /** To be called once, with who hears of its end: of one that has come before, when the caller is
   * done. */
  hear(ends: ThreadEnds): void {
    queueMicrotask(() => {
      this.#ends = ends;
      for (const tell of this.#untold.splice(0)) tell(ends);
    });
  }

  #tell(tell: (ends: ThreadEnds) => void): void {
    if (this.#ends === undefined) this.#untold.push(tell);
    else tell(this.#ends);
  }
}
