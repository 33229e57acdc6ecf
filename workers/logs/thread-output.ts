// The console of the thread that runs the handler. A line belongs to the invocation that started
// the work which logs it (docs/adr/0011-request-ids.md).
import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvokeTask, LogSetup } from '../../src/core/thread-protocol.ts';
import type { LineWriter } from '../../src/output/line-writer.ts';
import { installConsole, type LogContext, type RuntimeLog } from './console-capture.ts';
import { createSink } from './record-sink.ts';

export type ThreadOutput = RuntimeLog & {
  /** Runs an invocation: lines that it logs, or that anything it starts logs, are its own. */
  readonly runAs: <T>(task: InvokeTask, run: (task: InvokeTask, context: LogContext) => T) => T;
};

/** @param stdout for the console's lines, when the platform has not named a place for them. */
export function installThreadOutput(setup: LogSetup, stdout: LineWriter): ThreadOutput {
  const storage = new AsyncLocalStorage<LogContext>();
  /** For lines of what no invocation has started, a timer of the module's: never reset (A3.14). */
  let last: LogContext = { requestId: '-', tenantId: undefined };
  const currentContext = (): LogContext => storage.getStore() ?? last;
  const log = installConsole({ setup, sink: createSink(setup, stdout), currentContext });
  return {
    ...log,
    runAs(task, run) {
      // Not the task itself: what is left over would keep the event from being collected.
      last = { requestId: task.requestId, tenantId: task.tenantId };
      return storage.run(last, run, task, last);
    },
  };
}
