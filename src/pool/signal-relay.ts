// Signals of the process, for the workers that listen for them: Node hands signals to the main
// thread alone (docs/adr/0021-signals.md).
import type {
  ControlMessage,
  ListeningReply,
  ReceivedSignal,
  RelayedSignal,
} from '../core/thread-protocol.ts';

/** What the relay needs to know of a worker. */
export type Listener = {
  readonly isRunning: boolean;
  readonly listensFor: Set<RelayedSignal>;
  isToldToEnd: boolean;
  readonly thread: { tell(message: ControlMessage): void };
  retire(detail: string | undefined, cause: 'drain'): void;
};

export type SignalRelayOptions = {
  /** Those that are not on their way out. */
  readonly workers: () => Iterable<Listener>;
  /** Resolves when those on their way out are gone, or stuck. */
  readonly settled: () => Promise<void>;
  /** The process; another one in tests. */
  readonly source?: SignalSource;
};

export type SignalSource = Pick<NodeJS.Process, 'on' | 'off' | 'kill'>;

type OnSignal = (name: NodeJS.Signals, number: number) => void;

/** The supervisor's own: they end the service, with listeners or without. */
const ENDING: readonly RelayedSignal[] = ['SIGTERM', 'SIGINT'];

export class SignalRelay {
  readonly #options: SignalRelayOptions;
  readonly #source: SignalSource;
  readonly #heard = new Map<RelayedSignal, OnSignal>();
  readonly #told = new Set<Listener>();
  #isEnding = false;

  constructor(options: SignalRelayOptions) {
    this.#options = options;
    this.#source = options.source ?? process;
  }

  /** The service has been told to end. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** A worker has begun or ceased to listen. */
  onReply(worker: Listener, { kind, signal }: ListeningReply): void {
    if (kind === 'listens') {
      worker.listensFor.add(signal);
      if (!ENDING.includes(signal)) this.#hear(signal);
      return;
    }
    worker.listensFor.delete(signal);
    if (!this.#isListenedFor(signal)) this.#leaveToSystem(signal);
  }

  announceShutdown(signal: ReceivedSignal | undefined): void {
    this.#isEnding = true;
    for (const worker of this.#options.workers()) {
      worker.thread.tell({ kind: 'shutdown' });
      if (signal === undefined || !worker.listensFor.has(signal.name)) continue;
      worker.isToldToEnd = true;
      this.#told.add(worker);
      worker.thread.tell({ kind: 'signal', signal });
    }
  }

  async windDown(limit: Promise<void>): Promise<void> {
    if (this.#told.size === 0) return;
    for (const worker of [...this.#options.workers()]) {
      if (this.#told.has(worker) && !worker.isRunning) worker.retire(undefined, 'drain');
    }
    await Promise.race([this.#options.settled(), limit]);
  }

  #hear(signal: RelayedSignal): void {
    if (this.#heard.has(signal)) return;
    const listener: OnSignal = (_name, number) => this.#pass({ name: signal, number });
    this.#heard.set(signal, listener);
    this.#source.on(signal, listener);
  }

  #pass(signal: ReceivedSignal): void {
    for (const { listensFor, thread } of this.#options.workers()) {
      if (listensFor.has(signal.name)) thread.tell({ kind: 'signal', signal });
    }
    if (!this.#isListenedFor(signal.name)) this.#leaveToSystem(signal.name);
  }

  #isListenedFor(signal: RelayedSignal): boolean {
    return [...this.#options.workers()].some(({ listensFor }) => listensFor.has(signal));
  }

  /** Nobody has heard it: it does what it does to a process without listeners. Not those that end
   * the service: they are not heard for the workers' sake. */
  #leaveToSystem(signal: RelayedSignal): void {
    const listener = this.#heard.get(signal);
    if (listener === undefined) return;
    this.#heard.delete(signal);
    this.#source.off(signal, listener);
    this.#source.kill(process.pid, signal);
  }
}
