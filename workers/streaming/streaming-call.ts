// One call of a handler that streams its response (rows A8.10 to A8.13).
import { AsyncLocalStorage } from 'node:async_hooks';
import type { BulkheadContext } from '../../src/core/bulkhead-context.ts';
import type { Completed } from '../handler-call.ts';
import type { LoadedHandler } from '../loading/handler-loader.ts';
import { type Ending, failInVain } from '../nothing-pending.ts';
import { type Member, NO_PLACE } from '../roster.ts';
import { ResponseStream } from './response-stream.ts';
import type { HeldPort } from './stream-port.ts';
import { StreamSender } from './stream-sender.ts';

export type StreamingCallOptions = {
  readonly handler: LoadedHandler;
  readonly port: Pick<HeldPort, 'post' | 'hold' | 'letGo'>;
  /** Of the stream. */
  readonly number: number;
  /** A line of the runtime's own about this invocation. */
  readonly tell: (text: string) => void;
};

/** The result is the stream. */
const NOTHING: Completed = { value: undefined };

export class StreamingCall implements Member {
  place: number = NO_PLACE;
  readonly takesCallback = false;
  readonly number: number;
  readonly sender: StreamSender;
  readonly #options: StreamingCallOptions;
  readonly #stream: ResponseStream;
  #ending: Ending<Completed> | undefined;
  #hasReturned = false;
  #isHungUp = false;
  #inContext: (run: () => void) => void = (run) => run();

  constructor(options: StreamingCallOptions) {
    this.#options = options;
    this.number = options.number;
    this.sender = new StreamSender(options.port, options.number);
    this.#stream = new ResponseStream({
      sender: this.sender,
      highWaterMark: options.handler.highWaterMark,
      onOver: () => this.#settle(),
    });
  }

  /** Never throws: what the handler throws is its completion. */
  start(ending: Ending<Completed>, event: unknown, context: BulkheadContext): void {
    this.#ending = ending;
    this.#inContext = AsyncLocalStorage.snapshot();
    void this.#run(event, context);
  }

  /** The handler's own way to say that it is over; never waits for its promise. */
  readonly done = (error?: unknown): void => {
    if (error === undefined || error === null) this.#returned();
    else this.#ending?.reject(error);
  };

  readonly succeed = (): void => this.#returned();

  readonly fail = (error?: unknown): void => this.done(error ?? 'handled');

  /** Nothing is pending in the thread any more. */
  readonly whenEmpty = (): Completed => {
    if (this.#hasReturned) throw unfinished();
    return failInVain('promise');
  };

  hangUp(reason: string): void {
    this.#isHungUp = true;
    this.#inContext(() => this.#stream.hangUp(reason));
  }

  /** The invocation has its result. @returns how many messages it has sent. */
  async conclude(): Promise<number> {
    await this.#stream.settle();
    return this.sender.posts;
  }

  async #run(event: unknown, context: BulkheadContext): Promise<void> {
    try {
      const returned = this.#options.handler.call(event, this.#stream, context);
      if (!isPromise(returned)) {
        throw new Error('Streaming does not support non-async handlers.');
      }
      const value = await returned;
      if (value !== undefined) this.#options.tell('Streaming handlers ignore return values.');
      this.#returned();
    } catch (error) {
      // That the caller has gone, handed on, is no mistake of the handler's.
      if (this.#isHungUp && error === this.#stream.errored) this.#returned();
      else this.#ending?.reject(error);
    }
  }

  #returned(): void {
    this.#hasReturned = true;
    this.#settle();
  }

  /** The handler is done. A stream that it has ended, or that a source is piped into, may still
   * have bytes to send; any other would never end. */
  #settle(): void {
    if (!this.#hasReturned) return;
    const { destroyed, errored, writableEnded, writableFinished } = this.#stream;
    if (this.#isHungUp || writableFinished) this.#ending?.resolve(NOTHING);
    else if (destroyed) this.#ending?.reject(errored ?? unfinished());
    else if (!writableEnded && !this.#hasSource) this.#ending?.reject(unfinished());
  }

  /** Every source that pipes listens for being unpiped. */
  get #hasSource(): boolean {
    return this.#stream.listenerCount('unpipe') > 0;
  }
}

function unfinished(): Error {
  return new Error('Response stream is not finished.');
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}
