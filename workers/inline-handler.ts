// The worker's code on the main thread, for single-thread mode. Output stays Node's own, but for
// the console, which writes what a worker's would.
import { toErrorPayload } from '../src/core/error-payload.ts';
import type { StreamPort } from '../src/core/thread-ports.ts';
import type { LastWords, WorkerSetup } from '../src/core/thread-protocol.ts';
import { LineWriter } from '../src/output/line-writer.ts';
import { installInvocationGlobals } from './globals/invocation-globals.ts';
import { installSnapshotHooks } from './globals/snapshot-hooks.ts';
import { HandlerRunner } from './handler-runner.ts';
import { installThreadOutput } from './logs/thread-output.ts';
import { watchEmptyLoop } from './nothing-pending.ts';
import { holdStreamPort } from './streaming/stream-port.ts';

/**
 * `onLastWords` hears of errors outside the handler's promise; the process lives on until the
 * caller ends it. `process.exit()` ends it at once, as it does under the reference client.
 */
export function createInlineRunner(
  setup: WorkerSetup,
  stream: StreamPort,
  onLastWords: (words: LastWords) => void,
): HandlerRunner {
  const stdout = new LineWriter(1, setup.log.lock, setup.log.owner);
  const output = installThreadOutput(setup.log, stdout, setup.multiConcurrent);
  process.on('uncaughtException', (error: unknown, origin: string) => {
    // A listener of the user's has taken charge.
    if (process.listenerCount('uncaughtException') > 1) return;
    const isRejection = origin === 'unhandledRejection';
    output.logError(isRejection ? 'Unhandled Promise Rejection' : 'Uncaught Exception', error);
    const kind = isRejection ? 'unhandledRejection' : 'uncaughtException';
    onLastWords({ kind, error: toErrorPayload(error) });
  });
  const runUserCode = watchEmptyLoop(undefined);
  const env = (): NodeJS.ProcessEnv => process.env;
  const { multiConcurrent, snapshotPhase } = setup;
  const hooks = installSnapshotHooks(snapshotPhase !== undefined);
  const globals = installInvocationGlobals(process.env, multiConcurrent, hooks.registration);
  const streamPort = holdStreamPort(stream);
  const parts = { setup, env, output, globals, hooks, runUserCode, streamPort };
  // What is pending on this thread after an answer may be the runtime's own.
  return new HandlerRunner({ ...parts, leftovers: undefined });
}
