// A thread that dies says why, on a private port, before it is gone. It observes and changes
// nothing: listeners that the user installs keep Node's meaning (row A6.17).
import { toErrorPayload } from '../src/core/error-payload.ts';
import type { LastWordsPort } from '../src/core/thread-protocol.ts';
import { withoutOwnFrames } from './own-frames.ts';

type LogError = (label: string, error: unknown) => void;

/** The first words count: an exit that follows an uncaught error adds nothing. */
export function watchLastWords(port: LastWordsPort, logError: LogError): void {
  let hasSpoken = false;

  process.on('uncaughtExceptionMonitor', (error: unknown, origin: string) => {
    if (hasSpoken || isCaughtByUser()) return;
    hasSpoken = true;
    const isRejection = origin === 'unhandledRejection';
    logError(isRejection ? 'Unhandled Promise Rejection' : 'Uncaught Exception', error);
    const kind = isRejection ? 'unhandledRejection' : 'uncaughtException';
    const { trace, ...told } = toErrorPayload(error);
    port.postMessage({ kind, error: { ...told, trace: withoutOwnFrames(trace) } });
  });

  const { exit } = process;
  process.exit = function bulkheadExit(code?: string | number | null): never {
    if (!hasSpoken) {
      hasSpoken = true;
      const exitCode = Number(code ?? process.exitCode ?? 0);
      port.postMessage({ kind: 'exit', exitCode, trace: callerTrace(bulkheadExit) });
    }
    return exit.call(process, code);
  };
}

/** A listener of the user's keeps the thread alive: these would not be its last words. */
function isCaughtByUser(): boolean {
  const hasListener = process.listenerCount('uncaughtException') > 0;
  return hasListener || process.hasUncaughtExceptionCaptureCallback();
}

function callerTrace(below: (...args: never[]) => unknown): readonly string[] {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, below);
  const frames = (holder.stack ?? '').split('\n').slice(1);
  return ['process.exit() was called', ...withoutOwnFrames(frames)];
}
