// Lets a thread run a few lines of ours on top of whatever it runs just now, by Node's inspector:
// an answer comes from a busy loop, a regular expression or an idle thread alike, but not from a
// native call. No debugger is attached, so the thread is neither paused nor slowed.
import type { Session } from 'node:inspector';

type Target = { readonly sessionId: string; readonly workerInfo: { readonly title: string } };
type OnValue = (value: unknown) => void;

export class ThreadSession {
  readonly #session: Session;
  readonly #threadId: number;
  readonly #asked = new Map<number, OnValue>();
  /** Waits until the thread is found. */
  readonly #queue: string[] = [];
  #targetId: string | undefined;
  #askCount = 0;

  /** @throws whatever keeps Node from it: it may be built without an inspector. */
  constructor(threadId: number) {
    const { Session } = process.getBuiltinModule('node:inspector');
    this.#threadId = threadId;
    this.#session = new Session();
    this.#session.on('NodeWorker.attachedToWorker', ({ params }) => this.#onTarget(params));
    this.#session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId === this.#targetId) this.#onMessage(params.message);
    });
    this.#session.connect();
    // Tells of each thread that this one has started, and of those to come.
    this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  get isAttached(): boolean {
    return this.#targetId !== undefined;
  }

  /** `onValue` gets the value as JSON would carry it, undefined when the expression threw; it is
   * never called when the thread does not answer. */
  evaluate(expression: string, onValue: OnValue): void {
    this.#askCount += 1;
    const id = this.#askCount;
    this.#asked.set(id, onValue);
    const params = { expression, returnByValue: true, silent: true, disableBreaks: true };
    this.#queue.push(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
    this.#send();
  }

  /** Synchronous; afterwards the thread runs, or ends, as if nobody had looked. */
  dispose(): void {
    this.#asked.clear();
    this.#queue.length = 0;
    this.#targetId = undefined;
    this.#session.disconnect();
  }

  #onTarget({ sessionId, workerInfo }: Target): void {
    // "[worker 7]", or "[worker 7] its name".
    const isOurs = Number(/^\[worker (\d+)\]/.exec(workerInfo.title)?.[1]) === this.#threadId;
    if (isOurs) {
      this.#targetId = sessionId;
      this.#send();
    } else {
      this.#session.post('NodeWorker.detach', { sessionId });
    }
  }

  #send(): void {
    const sessionId = this.#targetId;
    if (sessionId === undefined) return;
    for (const message of this.#queue.splice(0)) {
      this.#session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
    }
  }

  #onMessage(text: string): void {
    const { id, result } = JSON.parse(text) as {
      readonly id?: number;
      readonly result?: { readonly result?: { readonly value?: unknown } };
    };
    if (id === undefined) return;
    const onValue = this.#asked.get(id);
    this.#asked.delete(id);
    onValue?.(result?.result?.value);
  }
}
