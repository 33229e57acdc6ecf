// Notices when nothing is pending any more in the thread that runs user code: what it waits for can
// never come, and what has waited for that moment may go on (docs/adr/0010-nothing-pending.md).
import { type Member, NO_PLACE, Roster } from './roster.ts';
import type { LoopHold } from './task-port.ts';

// Taken before user code can replace them.
const { Promise: NodePromise, setImmediate } = globalThis;
const { nextTick } = process;
const processEvents: NodeJS.EventEmitter = process;
const addListener = processEvents.on.bind(processEvents);
const countOf = processEvents.listenerCount.bind(processEvents);

type AwaitedThing = 'promise' | 'callback' | 'module' | 'hook';

/** What user code waits for in vain, as its caller is told. */
const IN_VAIN: Readonly<Record<AwaitedThing, string>> = {
  promise:
    'The handler waits for a promise that can never settle: nothing is pending in its thread that ' +
    'could settle it',
  callback:
    'The handler has neither called its callback nor settled its promise, and nothing is pending ' +
    'in its thread that could',
  module:
    'The handler module waits for a promise that can never settle (top-level await): nothing is ' +
    'pending in its thread that could settle it',
  hook:
    'A snapshot hook waits for a promise that can never settle: nothing is pending in its thread ' +
    'that could settle it',
};

/** How a run of user code ends; the first call counts. */
export type Ending<T> = {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Starts user code, whose ending is whichever comes first: what `start` does with it, or, once
 * nothing is pending any more, what `whenEmpty` returns or throws.
 */
export type RunUserCode = <T>(start: (ending: Ending<T>) => void, whenEmpty: () => T) => Promise<T>;

type Waiting = Member & { readonly giveUp: () => void };

/**
 * A loop that runs empty ends a thread, and Node says so before (`beforeExit`). User code runs
 * with the task port let go, so its loop does run empty when nothing of its own is left; a result
 * or the end of the wait takes the port back, and the thread lives on.
 *
 * Several calls may wait at once: each keeps the others waiting by what is pending for it, and when
 * nothing is, all of them wait in vain. Node counts neither `Atomics.waitAsync` nor whatever is
 * unref'd.
 *
 * @param port undefined on the main thread, where the loop is not held by a task port.
 */
export function watchEmptyLoop(port: LoopHold | undefined): RunUserCode {
  const waiting = new Roster<Waiting>();
  let callCount = 0;
  /** The loop has run empty once since the last call began. */
  let wasAsked = false;

  const keepListening = listenForGood(() => {
    if (waiting.size === 0) return;
    const isSecond = wasAsked;
    const asked = callCount;
    wasAsked = true;
    setImmediate(() => {
      // Listeners of the user's come after this one and may begin new work, as in any process. With
      // this turn or with that work behind it, Node asks again. So it does when the task of another
      // call has come in this turn: nobody knows what that will settle.
      if (isSecond && asked === callCount) waiting.each((one) => one.giveUp());
    });
  });

  return <T>(start: (ending: Ending<T>) => void, whenEmpty: () => T) =>
    new NodePromise<T>((resolve, reject) => {
      keepListening();
      const end = (): void => {
        // What was given up may still settle, while another call waits.
        if (waiting.remove(own) && waiting.size === 0) port?.ref();
      };
      const ending: Ending<T> = {
        resolve(value) {
          resolve(value);
          end();
        },
        reject(error) {
          reject(error);
          end();
        },
      };
      const own: Waiting = { giveUp: () => endBy(whenEmpty, ending), place: NO_PLACE };
      waiting.add(own);
      callCount += 1;
      wasAsked = false;
      if (waiting.size === 1) port?.unref();
      try {
        start(ending);
      } catch (error) {
        ending.reject(error);
      }
    });
}

/** User code may well remove all listeners of `process`: without this one its thread would end
 * where a callback is waited for.
 * @returns what listens again, where that was not noticed. */
function listenForGood(onEmpty: () => void): () => void {
  const onRemoved = (_event: unknown, listener: unknown): void => {
    // Once whoever removes them is through with all of them.
    if (listener === onEmpty) nextTick(listen);
  };
  function listen(): void {
    if (countOf('beforeExit', onEmpty) === 0) addListener('beforeExit', onEmpty);
    if (countOf('removeListener', onRemoved) === 0) addListener('removeListener', onRemoved);
  }
  listen();
  return listen;
}

/** @throws Error `Runtime.NodeJsExit`. */
export function failInVain(awaited: AwaitedThing): never {
  const error = new Error(IN_VAIN[awaited]);
  error.name = 'Runtime.NodeJsExit';
  // No frame of the runtime's says where user code waits.
  error.stack = `${error.name}: ${error.message}`;
  throw error;
}

function endBy<T>(call: () => T, ending: Ending<T>): void {
  try {
    ending.resolve(call());
  } catch (error) {
    ending.reject(error);
  }
}
