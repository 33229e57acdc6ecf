// A thread that dies says why, on a private port, before it is gone. It observes and changes
// nothing: listeners that the user installs keep Node's meaning (row A6.17).
import { boundErrorPayload, toErrorPayload } from '../../src/core/error-payload.ts';
import { ERROR_BODY_BYTES_MAX } from '../../src/core/limits.ts';
import type { LastWordsPort } from '../../src/core/thread-ports.ts';
import type { LastWords } from '../../src/core/thread-protocol.ts';
import { withoutOwnFrames } from '../own-frames.ts';

export type LastWordsOptions = {
  readonly port: LastWordsPort;
  readonly logError: (label: string, error: unknown) => void;
  /** Number of the invocation whose work runs, where that is told. */
  readonly currentNumber: () => number | undefined;
};

/**
 * The first words count: an exit that follows an uncaught error adds nothing.
 *
 * @returns how to end the thread as if by itself: its exit listeners run, and it says nothing.
 */
export function watchLastWords(options: LastWordsOptions): () => void {
  const { port, logError, currentNumber } = options;
  let hasSpoken = false;
  const speak = (words: LastWords): void => {
    if (hasSpoken) return;
    hasSpoken = true;
    port.postMessage(words);
  };

  process.on('uncaughtExceptionMonitor', (error: unknown, origin: string) => {
    if (hasSpoken || isCaughtByUser()) return;
    // Node tells of it in the context of what has thrown, or of the promise.
    const culprit = currentNumber();
    const isRejection = origin === 'unhandledRejection';
    logError(isRejection ? 'Unhandled Promise Rejection' : 'Uncaught Exception', error);
    const kind = isRejection ? 'unhandledRejection' : 'uncaughtException';
    const { trace, ...told } = toErrorPayload(error);
    const whole = { ...told, trace: withoutOwnFrames(trace) };
    speak({ kind, error: boundErrorPayload(whole, ERROR_BODY_BYTES_MAX), culprit });
  });

  const { exit } = process;
  let trace: readonly string[] = [];
  process.exit = function bulkheadExit(code?: string | number | null): never {
    trace = callerTrace(bulkheadExit);
    return exit.call(process, code);
  };
  // Not before: a call with a code that Node refuses does not end the thread.
  process.on('exit', (exitCode) => {
    speak({ kind: 'exit', exitCode, trace, culprit: currentNumber() });
  });

  return () => {
    hasSpoken = true;
    exit.call(process, 0);
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
