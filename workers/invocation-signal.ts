// `context.signal`: tells the handler in time that its invocation must end. Costs nothing until it
// is read for the first time.
import type { AbortCause, InvocationAborted } from '../src/core/bulkhead-context.ts';
import { DRAIN_MS_MAX } from '../src/core/limits.ts';
import type { InvokeTask } from '../src/core/thread-protocol.ts';
import { hiddenField, hiddenProperty } from './hidden-field.ts';
import { type Member, NO_PLACE } from './roster.ts';

// Taken before user code can replace them.
const { AbortController, clearTimeout, setTimeout } = globalThis;
const { now } = Date;
const { defineProperty } = Object;

/** Timers run on a clock that may stand still while Unix time goes on, and take no more than 2³¹
 * ms: long waits are cut into pieces of this, ms. */
const STEP_MS_MAX = 1000;

type Times = Pick<InvokeTask, 'softEpochMs' | 'deadlineEpochMs'>;

export class InvocationSignal implements Member {
  place: number = NO_PLACE;
  readonly #times: Times;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #cause: AbortCause | undefined;
  #hasEnded = false;
  #isReleased = false;

  constructor(times: Times) {
    this.#times = times;
  }

  /** After the invocation's end: a signal that has aborted, or never will. */
  read(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cause !== undefined) this.#abort(this.#cause);
      else if (!this.#hasEnded) this.#wait();
    }
    return this.#controller.signal;
  }

  abort(cause: AbortCause): void {
    if (this.#hasEnded || this.#cause !== undefined) return;
    this.#cause = cause;
    this.#abort(cause);
  }

  /** The handler has answered: the signal is no longer what keeps the thread's loop alive. */
  release(): void {
    this.#isReleased = true;
    this.#timer?.unref();
  }

  /** The invocation is over: nothing aborts any more. */
  end(): void {
    this.#hasEnded = true;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
  }

  /** The timer counts as pending work: whoever waits for the signal does not wait in vain. */
  #wait(): void {
    const { softEpochMs } = this.#times;
    if (softEpochMs === undefined) return;
    const leftMs = Math.ceil(softEpochMs - now());
    if (leftMs <= 0) {
      this.abort('deadline');
      return;
    }
    this.#timer = setTimeout(() => this.#wait(), Math.min(leftMs, STEP_MS_MAX));
    if (this.#isReleased) this.#timer.unref();
  }

  #abort(cause: AbortCause): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#controller?.abort(this.#reason(cause));
  }

  #reason(cause: AbortCause): InvocationAborted {
    const { deadlineEpochMs = now() } = this.#times;
    const leftMs = Math.max(0, Math.floor(deadlineEpochMs - now()));
    const why =
      cause === 'deadline'
        ? `${leftMs} ms are left until its deadline`
        : `the environment shuts down in ${DRAIN_MS_MAX} ms`;
    const error = new Error(`The invocation must end: ${why}`);
    error.name = 'AbortError';
    return Object.assign(error, { code: 'ABORT_ERR', reason: cause }) as InvocationAborted;
  }
}

/** What a context carries unseen. */
export type Carried = { readonly signal: InvocationSignal };

const CARRIED = hiddenField<Carried>();
const PROPERTY = hiddenProperty('signal', (context) => CARRIED.read(context)?.signal.read());

/** Gives the context its `signal`, made at the first read. */
export function addSignal<T extends object>(
  context: T,
  carried: Carried,
): T & { readonly signal: AbortSignal } {
  CARRIED.put(context, carried);
  return defineProperty(context, 'signal', PROPERTY) as T & { readonly signal: AbortSignal };
}

/** What was given with the signal. */
export function carriedBy(context: object): Carried | undefined {
  return CARRIED.read(context);
}
