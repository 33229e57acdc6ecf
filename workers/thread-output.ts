// The console of the thread that runs the handler, bound to the invocation it is serving.
import type { InvokeTask, LogSetup } from '../src/core/thread-protocol.ts';
import type { LineWriter } from '../src/output/line-writer.ts';
import { installConsole, type LogContext } from './console-capture.ts';

export type ThreadOutput = {
  /** Log lines from now on belong to this invocation; never reset (row A3.14). */
  readonly onInvocation: (task: InvokeTask) => void;
  /** Writes the runtime's own error line. */
  readonly logError: (label: string, error: unknown) => void;
};

export function installThreadOutput(setup: LogSetup, writer: LineWriter): ThreadOutput {
  let context: LogContext = { requestId: '-', tenantId: undefined };
  const logError = installConsole({ setup, writer, currentContext: () => context });
  return {
    logError,
    onInvocation({ requestId, tenantId }) {
      context = { requestId, tenantId };
    },
  };
}
