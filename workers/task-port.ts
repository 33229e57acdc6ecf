// The port on which the supervisor hands tasks to this thread, taken hold of before user code is
// there: it must not see the port. While user code runs it must not be what keeps the thread's loop
// alive (docs/adr/0010-nothing-pending.md).
import type { TaskPort } from '../src/core/thread-ports.ts';
import {
  type HandlerResult,
  HOOKS_NUMBER,
  INIT_NUMBER,
  type TaskReply,
  type WorkerTask,
} from '../src/core/thread-protocol.ts';

/** What keeps the thread's loop alive while it waits for a task. */
export type LoopHold = {
  ref(): void;
  unref(): void;
  /** From now on it keeps nothing alive, whoever asks for it. */
  letGo(): void;
};

export type HeldTaskPort = LoopHold & {
  /** Each task is answered with what `run` makes of it, or with what it throws. */
  readonly serve: (run: (task: WorkerTask) => Promise<HandlerResult>) => void;
};

export function holdTaskPort(port: TaskPort): HeldTaskPort {
  // Taken from the port now: user code may replace the methods later.
  const on = port.on.bind(port);
  const [ref, unref] = [port.ref.bind(port), port.unref.bind(port)];
  const post = port.postMessage.bind(port);
  let isLetGo = false;
  const answer = async (
    run: (task: WorkerTask) => Promise<HandlerResult>,
    task: WorkerTask,
  ): Promise<void> => {
    const number = numberOf(task);
    let reply: TaskReply;
    try {
      reply = { number, result: await run(task) };
    } catch (error) {
      reply = { number, defect: error instanceof Error ? error.message : String(error) };
    }
    post(reply, movedBy(reply));
  };
  return {
    // Nothing is returned: of a promise Node would call `then`, which may be user code's by then.
    serve: (run) => on('message', (task) => void answer(run, task)),
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

function numberOf(task: WorkerTask): number {
  if (task.kind === 'invoke') return task.number;
  return task.kind === 'init' ? INIT_NUMBER : HOOKS_NUMBER;
}

/** Bytes are handed over and not copied, where they have their memory for themselves. */
function movedBy({ result }: TaskReply): ArrayBuffer[] {
  if (result?.kind !== 'success' || typeof result.body === 'string') return [];
  const { buffer, byteLength } = result.body;
  return byteLength === buffer.byteLength && buffer instanceof ArrayBuffer ? [buffer] : [];
}
