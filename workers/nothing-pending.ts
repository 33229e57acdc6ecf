// Notices that user code waits for what can never come: nothing is pending in its thread any more,
// so no promise of its can settle (docs/adr/0010-nothing-pending.md).
import type { TaskPort } from './task-port.ts';

// Taken before user code can replace them.
const { Promise: NodePromise, setImmediate } = globalThis;

/** What user code waits for in vain, as its caller is told. */
export const IN_VAIN: Readonly<Record<'promise' | 'callback' | 'module', string>> = {
  promise:
    'The handler waits for a promise that can never settle: nothing is pending in its thread that ' +
    'could settle it',
  callback:
    'The handler has neither called its callback nor settled its promise, and nothing is pending ' +
    'in its thread that could',
  module:
    'The handler module waits for a promise that can never settle (top-level await): nothing is ' +
    'pending in its thread that could settle it',
};

/** Runs user code; rejects with a `Runtime.NodeJsExit` of that message once it waits in vain. */
export type RunUserCode = <T>(call: () => T | PromiseLike<T>, message: string) => Promise<T>;

type Waiting = {
  readonly message: string;
  readonly reject: (error: unknown) => void;
  /** The loop has run empty once. */
  wasAsked: boolean;
};

/**
 * A loop that runs empty ends a thread, and Node says so before (`beforeExit`). User code runs
 * with the task port let go, so its loop does run empty when nothing of its own is left; a result
 * or the end of the wait takes the port back, and the thread lives on.
 *
 * One call at a time. Node counts neither `Atomics.waitAsync` nor whatever is unref'd.
 *
 * @param port undefined on the main thread, where the loop is not held by a task port.
 */
export function watchEmptyLoop(port: TaskPort | undefined): RunUserCode {
  let waiting: Waiting | undefined;

  const end = (own: Waiting): void => {
    // What was given up may still settle, while another call waits.
    if (waiting !== own) return;
    waiting = undefined;
    port?.ref();
  };
  process.on('beforeExit', () => {
    const asked = waiting;
    if (asked === undefined) return;
    const { wasAsked } = asked;
    asked.wasAsked = true;
    setImmediate(() => {
      // Listeners of the user's come after this one and may begin new work, as in any process. With
      // this turn or with that work behind it, Node asks again.
      if (!wasAsked) return;
      end(asked);
      asked.reject(neverSettles(asked.message));
    });
  });

  return (call, message) =>
    new NodePromise((resolve, reject) => {
      const own: Waiting = { message, reject, wasAsked: false };
      const settle = async (): Promise<void> => {
        try {
          resolve(await call());
        } catch (error) {
          reject(error);
        }
        end(own);
      };
      waiting = own;
      port?.unref();
      void settle();
    });
}

function neverSettles(message: string): Error {
  const error = new Error(message);
  error.name = 'Runtime.NodeJsExit';
  // No frame of the runtime's says where user code waits.
  error.stack = `${error.name}: ${message}`;
  return error;
}
