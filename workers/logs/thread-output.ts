// The console of the thread that runs the handler, and whose work it is that runs there. A line
// belongs to the invocation that started the work which logs it (docs/adr/0011-request-ids.md).
import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvokeTask, LogSetup } from '../../src/core/thread-protocol.ts';
import type { LineWriter } from '../../src/output/line-writer.ts';
import { installConsole, type LogContext, type RuntimeLog } from './console-capture.ts';
import { createSink } from './record-sink.ts';

export type ThreadOutput = RuntimeLog & {
  /** Runs an invocation: lines that it logs, or that anything it starts logs, are its own. */
  readonly runAs: <T>(task: InvokeTask, run: (task: InvokeTask, context: LogContext) => T) => T;
  /** Of the invocation whose work runs; undefined: it is none's. Never throws. */
  readonly currentNumber: () => number | undefined;
};

type Current = LogContext & Pick<InvokeTask, 'number'>;

/**
 * @param stdout for the console's lines, when the platform has not named a place for them.
 * @param multiConcurrent several invocations are served at once.
 */
export function installThreadOutput(
  setup: LogSetup,
  stdout: LineWriter,
  multiConcurrent: boolean,
): ThreadOutput {
  const storage = new AsyncLocalStorage<Current>();
  /** For lines of what no invocation has started, a timer of the module's: the last one's, never
   * reset (A3.14). Where there are several at once it would be anyone's, and is nobody's. */
  let last: LogContext = { requestId: '-', tenantId: undefined };
  const currentContext = (): LogContext => storage.getStore() ?? last;
  const log = installConsole({ setup, sink: createSink(setup, stdout), currentContext });
  return {
    ...log,
    runAs(task, run) {
      // Not the task itself: what is left over would keep the event from being collected.
      const { requestId, tenantId, number } = task;
      const own = { requestId, tenantId, number };
      if (!multiConcurrent) last = own;
      return storage.run(own, run, task, own);
    },
    currentNumber() {
      try {
        return storage.getStore()?.number;
      } catch {
        // User code has damaged what it takes.
        return undefined;
      }
    },
  };
}
