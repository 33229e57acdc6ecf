// Takes hold of the port on which Piscina hands tasks to this thread: while user code runs it must
// not be what keeps the thread's loop alive (docs/adr/0010-nothing-pending.md).
import { MessagePort } from 'node:worker_threads';

export type TaskPort = {
  ref(): void;
  unref(): void;
  /** From now on it keeps nothing alive, whoever asks for it. */
  letGo(): void;
};

type Listener = (message: unknown) => unknown;

/**
 * To be called while Piscina loads the entry point. The next thing that Piscina does is to listen
 * on its port: at that one call the port is caught, and the method is as it was before.
 *
 * @returns a function that gives the port once a task has come.
 * @throws Error from that function: no port was caught, Piscina must have changed.
 */
export function catchTaskPort(): () => TaskPort {
  const prototype: { on: unknown } = MessagePort.prototype;
  const { on: listen } = prototype as { on: (...args: unknown[]) => unknown };
  const own = Object.getOwnPropertyDescriptor(prototype, 'on');
  let caught: TaskPort | undefined;

  const restore = (): void => {
    if (prototype.on !== intercept) return;
    if (own === undefined) Reflect.deleteProperty(prototype, 'on');
    else Object.defineProperty(prototype, 'on', own);
  };
  function intercept(this: MessagePort, ...args: unknown[]): unknown {
    if (args[0] === 'message') {
      restore();
      // Taken from the port now: user code may replace the methods later.
      caught = toTaskPort(this.ref.bind(this), this.unref.bind(this));
      return listen.call(this, 'message', withoutPromise(args[1] as Listener));
    }
    return listen.apply(this, args);
  }
  prototype.on = intercept;

  return () => {
    restore();
    if (caught === undefined) {
      throw new Error(
        'Cannot find the port on which Piscina sends tasks: install the exact version of piscina ' +
          'that package.json names',
      );
    }
    return caught;
  };
}

/** Of an async listener Node calls `then`, which may be user code's by the time a task comes. */
function withoutPromise(listener: Listener): (message: unknown) => void {
  const hear = async (message: unknown): Promise<void> => {
    await listener(message);
  };
  return (message) => void hear(message);
}

function toTaskPort(ref: () => void, unref: () => void): TaskPort {
  let isLetGo = false;
  return {
    ref() {
      if (!isLetGo) ref();
    },
    unref,
    letGo() {
      isLetGo = true;
      unref();
    },
  };
}
