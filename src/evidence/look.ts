// One look at a thread: two questions at once, and the first that is answered says what it does.
// Its loop answers the one when it turns, its JavaScript the other wherever it is.
import { captureStack, type RawStack, RUNNING_NUMBER } from '../core/captured-stack.ts';
import type { PendingResource } from '../core/thread-protocol.ts';
import { parseStack, runsOwnCode, runsUserCode } from './frames.ts';
import type { ThreadSession } from './thread-session.ts';
import { after } from './time-limit.ts';

export type Sight =
  /** `owner`: number of the invocation whose code it is; undefined: that is not told. */
  | { readonly kind: 'busy'; readonly stack: RawStack; readonly owner?: number | undefined }
  | { readonly kind: 'waiting'; readonly resources: readonly PendingResource[] };

export type LookOptions = {
  /** Undefined where Node has no inspector. */
  readonly session: ThreadSession | undefined;
  readonly askPending: (
    onEarly: (resources: readonly PendingResource[]) => void,
  ) => Promise<readonly PendingResource[]>;
  /** Of the invocation that is looked for, where others run in its thread as well: what another
   * one does is no sight of it. */
  readonly number?: number | undefined;
  readonly onSight: (sight: Sight) => void;
};

/** Runs in the thread; the first three frames are its own. Whatever user code has made of the
 * second answer does not spoil the first. */
const QUESTION = `(() => {
  const stack = (${captureStack})();
  let owner;
  try {
    owner = globalThis[Symbol.for('${RUNNING_NUMBER}')]?.();
  } catch {}
  return { stack, owner };
})()`;
const QUESTION_FRAMES = 3;
/** Between two microtasks there is no frame of the user's, and none at all in an idle thread: a
 * stack without one is asked for again, with a pause after so many, ms. In a storm of microtasks
 * one answer in twenty shows a frame. */
const QUICK_ASKS = 20;
const PAUSE_MS = 1;
/** While the thread works at its answer to the other question, ms. */
const OWN_PAUSE_MS = 5;
const ASKS_MAX = 600;

export class Look {
  readonly #options: LookOptions;
  /** The last stack, and that it has none of the user's frames. */
  blankStack: RawStack | undefined;
  /** Code of another invocation, which keeps the thread's loop from its answer. */
  heldSight: Extract<Sight, { kind: 'busy' }> | undefined;
  /** The thread has answered, if only that it cannot tell its stack. */
  hasAnswered = false;
  /** What the thread's loop has said it waits for, before it looked for more. */
  earlyResources: readonly PendingResource[] | undefined;
  #askCount = 0;
  #isOver = false;
  #cancelPause: () => void = () => {};

  constructor(options: LookOptions) {
    this.#options = options;
    const onEarly = (resources: readonly PendingResource[]): void => {
      this.earlyResources = resources;
    };
    options.askPending(onEarly).then(
      (resources) => this.#settle({ kind: 'waiting', resources }),
      () => {},
    );
    this.#ask();
  }

  /** Nothing is told any more. */
  end(): void {
    this.#isOver = true;
    this.#cancelPause();
  }

  #ask(): void {
    if (this.#isOver || this.#askCount >= ASKS_MAX) return;
    this.#askCount += 1;
    this.#options.session?.evaluate(QUESTION, (value) => this.#onStack(value));
  }

  #onStack(value: unknown): void {
    if (this.#isOver) return;
    this.hasAnswered = true;
    // None when the thread is at the very end of its stack: it will be elsewhere soon.
    const told = (value ?? {}) as { readonly stack?: unknown; readonly owner?: unknown };
    const stack = parseStack(told.stack, QUESTION_FRAMES);
    const owner = parseOwner(told.owner);
    const isUsers = stack !== undefined && runsUserCode(stack);
    if (isUsers && this.#isWanted(owner)) {
      this.#settle({ kind: 'busy', stack, owner });
      return;
    }
    if (isUsers) this.heldSight = { kind: 'busy', stack, owner };
    else this.blankStack = stack ?? this.blankStack;
    const isOwn = isUsers || (stack !== undefined && runsOwnCode(stack));
    if (this.#askCount % QUICK_ASKS !== 0 && !isOwn) this.#ask();
    else this.#cancelPause = after(isOwn ? OWN_PAUSE_MS : PAUSE_MS, () => this.#ask());
  }

  #isWanted(owner: number | undefined): boolean {
    const { number } = this.#options;
    return number === undefined || owner === undefined || owner === number;
  }

  #settle(sight: Sight): void {
    if (this.#isOver) return;
    this.end();
    this.#options.onSight(sight);
  }
}

function parseOwner(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
