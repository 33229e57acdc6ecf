// One call of the handler, in the shape it was written for: promise, plain value, or callback.
// Whoever completes the invocation first decides it (rows A2.18 to A2.20 and A5).
import type { BulkheadContext } from '../src/core/bulkhead-context.ts';
import type { LoadedHandler } from './loading/handler-loader.ts';
import { type Ending, failInVain } from './nothing-pending.ts';

/** Boxed: what a callback is given is the result as it is, also when it is a promise. */
export type Completed = { readonly value: unknown };

export type Completion = {
  readonly done: (error?: unknown, result?: unknown) => void;
  readonly succeed: (result?: unknown) => void;
  readonly fail: (error?: unknown) => void;
};

export type HandlerCallOptions = {
  /** A line of the runtime's own about this invocation. */
  readonly tell: (text: string) => void;
  /** What a callback is given may wait until nothing is pending in the thread: not where other
   * invocations are served in it meanwhile. */
  readonly waitsForEmptyLoop: boolean;
  /** The handler has answered, and its work is waited for. */
  readonly onAnswered: () => void;
};

/** Version 3 of the reference client's. */
const ALREADY_DONE =
  'Invocation has already been reported as done. ' +
  'Cannot call complete more than once per invocation.';
const FORGOTTEN =
  'The handler has not called its callback, and nothing is pending in its thread that could: ' +
  'it is answered with null';

/** It declares a third parameter (row A2.18). */
export function takesCallback(handler: LoadedHandler): boolean {
  return handler.parameterCount >= 3;
}

export class HandlerCall implements Completion {
  readonly #handler: LoadedHandler;
  readonly #options: HandlerCallOptions;
  readonly takesCallback: boolean;
  #ending: Ending<Completed> | undefined;
  #context: BulkheadContext | undefined;
  #isDecided = false;
  #hasToldLate = false;
  /** The handler's promise is among those who may complete. */
  #isPromised = false;
  /** What the callback was given, for the moment when nothing is pending any more. */
  #held: Completed | undefined;

  constructor(handler: LoadedHandler, options: HandlerCallOptions) {
    this.#handler = handler;
    this.#options = options;
    this.takesCallback = takesCallback(handler);
  }

  /** Never throws: what the handler throws is its completion. */
  start(ending: Ending<Completed>, event: unknown, context: BulkheadContext): void {
    this.#ending = ending;
    this.#context = context;
    void this.#run(event, context);
  }

  /** Never waits for anything (row A5.3). */
  readonly done = (error?: unknown, result?: unknown): void => {
    if (!this.#decide()) return;
    if (isNothing(error)) this.#ending?.resolve({ value: result });
    else this.#ending?.reject(error);
  };

  readonly succeed = (result?: unknown): void => this.done(null, result);

  readonly fail = (error?: unknown): void => this.done(isNothing(error) ? 'handled' : error);

  /** An error is the answer at once. A result waits until nothing is pending in the thread, unless
   * the context says that it need not (row A5.2). */
  readonly #callback = (error?: unknown, result?: unknown): void => {
    const waits = this.#options.waitsForEmptyLoop && this.#context?.callbackWaitsForEmptyEventLoop;
    if (!isNothing(error) || !waits) {
      this.done(error, result);
    } else if (this.#decide()) {
      this.#held = { value: result };
      this.#options.onAnswered();
    }
  };

  /** Nothing is pending in the thread any more. */
  readonly whenEmpty = (): Completed => {
    this.#isDecided = true;
    if (this.#held !== undefined) return this.#held;
    if (!this.takesCallback) return failInVain('promise');
    if (this.#isPromised) return failInVain('callback');
    // Row A5.4.
    this.#options.tell(FORGOTTEN);
    return { value: null };
  };

  async #run(event: unknown, context: BulkheadContext): Promise<void> {
    try {
      const returned = this.#call(event, context);
      // A callback handler that returns anything else has not answered by that.
      if (this.takesCallback && !isThenable(returned)) return;
      this.#isPromised = true;
      const value = await returned;
      // Beside a callback most promises come to nothing: they are not told.
      if (this.#isDecided) return;
      this.#isDecided = true;
      this.#ending?.resolve({ value });
    } catch (error) {
      this.#fail(error);
    }
  }

  #call(event: unknown, context: BulkheadContext): unknown {
    if (!this.takesCallback) return this.#handler.call(event, context);
    return this.#handler.call(event, context, this.#callback);
  }

  #fail(error: unknown): void {
    if (this.#isDecided) {
      this.#tellLate(`The handler failed after it had answered: ${toText(error)}`);
    } else {
      this.#isDecided = true;
      this.#ending?.reject(error);
    }
  }

  /** @returns whether the caller is the first. */
  #decide(): boolean {
    const isFirst = !this.#isDecided;
    this.#isDecided = true;
    if (!isFirst) this.#tellLate(ALREADY_DONE);
    return isFirst;
  }

  /** Once for each invocation, however often it happens. */
  #tellLate(text: string): void {
    if (this.#hasToldLate) return;
    this.#hasToldLate = true;
    this.#options.tell(text);
  }
}

function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}

function toText(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'an error that cannot be printed';
  }
}
