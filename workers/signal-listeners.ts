// Which signals of the process user code in this thread listens for. Node hands signals to the main
// thread alone: the supervisor is told, and hands them on (docs/adr/0021-signals.md).
import {
  RELAYED_SIGNALS,
  type ReceivedSignal,
  type RelayedSignal,
} from '../src/core/thread-protocol.ts';

/** `process`, or in tests any emitter. */
export type SignalTarget = Pick<NodeJS.EventEmitter, 'on' | 'emit' | 'listenerCount'>;

type Tell = (signal: RelayedSignal) => void;

const SIGNALS: readonly unknown[] = RELAYED_SIGNALS;

export class SignalListeners {
  readonly #target: SignalTarget;
  /** Of which the supervisor knows, or will. */
  readonly #known: Set<RelayedSignal>;
  #tell: Tell | undefined;

  /** To be called before the handler is loaded; preloads may have their listeners already. */
  constructor(target: SignalTarget = process) {
    this.#target = target;
    this.#known = new Set(RELAYED_SIGNALS.filter((signal) => target.listenerCount(signal) > 0));
    // Node's main thread notices its listeners by the same event.
    target.on('newListener', this.#onNewListener);
  }

  /** `tell` hears of each signal once, and again when it was found to have no listener. */
  connect(tell: Tell): void {
    this.#tell = tell;
    for (const signal of this.#known) tell(signal);
  }

  /** As Node does it; what a listener throws is the thread's uncaught exception. Returns false when
   * there is none any more. */
  deliver({ name, number }: ReceivedSignal): boolean {
    if (this.#target.listenerCount(name) === 0) {
      this.#known.delete(name);
      return false;
    }
    this.#target.emit(name, name, number);
    return true;
  }

  readonly #onNewListener = (name: unknown): void => {
    if (!SIGNALS.includes(name)) return;
    const signal = name as RelayedSignal;
    if (this.#known.has(signal)) return;
    this.#known.add(signal);
    this.#tell?.(signal);
  };
}
