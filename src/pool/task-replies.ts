// Piscina takes whatever comes from a thread for the end of a task, and fails in this thread when
// it is none. User code that has got hold of its port may send anything, as much as it can.
import { RuntimeError } from '../core/errors.ts';
import { TaskTable } from './task-table.ts';

/** What is used of the object that Piscina keeps for a thread. */
type Thread = {
  taskInfos: Iterable<readonly [unknown, unknown]> & { has(key: unknown): boolean };
  onMessage(message: unknown): void;
};

/**
 * From now on nothing but the end of a task that is awaited is passed on; `onDefect` is told once
 * of anything else, and nothing is read after it. To be called before user code is there.
 *
 * @param worker as Piscina shows it to a load balancer.
 * @throws Error when Piscina must have changed.
 */
export function checkReplies(worker: object, onDefect: (error: unknown) => void): void {
  const thread = threadOf(worker);
  thread.taskInfos = new TaskTable(thread.taskInfos);
  const passOn = thread.onMessage;
  let isBroken = false;
  thread.onMessage = (message) => {
    if (isBroken) return;
    if (isReply(message, thread)) {
      passOn.call(thread, message);
      return;
    }
    isBroken = true;
    onDefect(
      new RuntimeError(
        'Runtime.InvalidResult',
        'Cannot use what the worker sent: it belongs to no task',
      ),
    );
  };
}

function isReply(message: unknown, { taskInfos }: Thread): boolean {
  if (typeof message !== 'object' || message === null) return false;
  return taskInfos.has((message as { readonly taskId?: unknown }).taskId);
}

function threadOf(worker: object): Thread {
  const fields = worker as { readonly [name: symbol]: unknown };
  const values = Object.getOwnPropertySymbols(worker).map((name) => fields[name]);
  const thread = values.find(isThread);
  if (thread !== undefined) return thread;
  throw new Error(
    'Cannot check what threads send: install the exact version of piscina that package.json names',
  );
}

function isThread(value: unknown): value is Thread {
  const { taskInfos, onMessage } = (value ?? {}) as Partial<Thread>;
  return taskInfos instanceof Map && typeof onMessage === 'function';
}
