// What a dead thread leaves behind -> what its invocation is told.
import { boundErrorPayload, type ErrorPayload } from './error-payload.ts';
import { ERROR_BODY_BYTES_MAX } from './limits.ts';
import { type ErrorOutcome, neighbourOutcome } from './outcome.ts';
import type { LastWords, MemoryUse } from './thread-protocol.ts';

export type Death = {
  /** What the thread said of itself, when it still could. */
  readonly lastWords: LastWords | undefined;
  /** `code` and `message` of the thread's `error` event. */
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
  /** The lines of that error's stack. */
  readonly errorTrace?: readonly string[] | undefined;
  readonly exitCode: number | undefined;
  /** Heap limit of the thread in MB, when one was set. */
  readonly heapLimitMb: number | undefined;
  /** What it held after its last result; undefined: there was none. */
  readonly lastUse?: MemoryUse | undefined;
};

/** A thread that says nothing, to be completed with what is known. */
export const SILENT_DEATH: Death = {
  lastWords: undefined,
  errorCode: undefined,
  errorMessage: undefined,
  exitCode: undefined,
  heapLimitMb: undefined,
};

/** Node ends a thread at its heap limit with this code (Node documentation, worker_threads). */
const OUT_OF_MEMORY = 'ERR_WORKER_OUT_OF_MEMORY';

/** `requestId` is undefined for a death during Init. */
export function toCrash(death: Death, requestId: string | undefined): ErrorOutcome {
  const { lastWords } = death;
  // A full heap leaves no last words; an error of the user's with that code does.
  if (death.errorCode === OUT_OF_MEMORY && lastWords === undefined)
    return crash('Runtime.OutOfMemory', outOfMemory(death));
  if (lastWords?.kind === 'unhandledRejection') {
    const { errorType, errorMessage, trace } = lastWords.error;
    const error = { errorType: 'Runtime.UnhandledPromiseRejection', trace };
    return crash(error.errorType, { ...error, errorMessage: `${errorType}: ${errorMessage}` });
  }
  if (lastWords?.kind === 'uncaughtException') {
    return crash('Function.UncaughtException', lastWords.error);
  }
  if (death.errorMessage !== undefined && lastWords === undefined) {
    const { errorMessage, errorTrace: trace = [] } = death;
    const error = { errorType: 'Runtime.WorkerError', errorMessage, trace };
    return crash(error.errorType, boundErrorPayload(error, ERROR_BODY_BYTES_MAX));
  }
  return crash('Runtime.ExitError', exited(death, requestId));
}

/** One of the invocations that a dead thread had in flight. */
export type Victim = {
  readonly number: number;
  readonly requestId: string | undefined;
};

/**
 * What it is told: the death itself if it was its own work that ended the thread, or nobody knows
 * whose it was; else that it was another's.
 *
 * @param others in flight in that thread.
 */
export function toVictimOutcome(
  death: Death,
  victim: Victim,
  others: readonly Victim[],
): ErrorOutcome {
  const { lastWords } = death;
  const culprit = lastWords?.culprit;
  // Where nobody knows whose it was, its words are nobody's to be told; a full heap has none.
  const isNobodys = culprit === undefined && (others.length <= 1 || lastWords === undefined);
  if (isNobodys || culprit === victim.number) return toCrash(death, victim.requestId);
  const { requestId } = others.find(({ number }) => number === culprit) ?? {};
  return neighbourOutcome(victim.requestId, requestId, `ended it by ${wayOf(death)}`);
}

/** Nothing of what user code says: it may be about another customer. */
function wayOf({ lastWords }: Death): string {
  if (lastWords?.kind === 'uncaughtException') return 'an uncaught exception';
  if (lastWords?.kind === 'unhandledRejection') return 'an unhandled rejection';
  return 'leaving it';
}

function crash(headerType: string, error: ErrorPayload): ErrorOutcome {
  return { kind: 'crash', error, headerType };
}

/** A dead thread cannot say what filled it: what is known is what it held before. */
function outOfMemory({ heapLimitMb, lastUse }: Death): ErrorPayload {
  const used = heapLimitMb === undefined ? 'its heap' : `all of its ${heapLimitMb} MB`;
  const beforeMb = Math.round((lastUse?.heapBytes ?? 0) / 1024 / 1024);
  const before = lastUse === undefined ? '' : `; ${beforeMb} MB were in use before this invocation`;
  return {
    errorType: 'Runtime.OutOfMemory',
    errorMessage: `JavaScript heap out of memory: the handler used up ${used}${before}`,
    trace: [],
  };
}

function exited({ exitCode, lastWords }: Death, requestId: string | undefined): ErrorPayload {
  const code = lastWords?.kind === 'exit' ? lastWords.exitCode : (exitCode ?? 1);
  const why =
    code === 0
      ? 'Runtime exited without providing a reason'
      : `Runtime exited with error: exit status ${code}`;
  return {
    errorType: 'Runtime.ExitError',
    errorMessage: requestId === undefined ? why : `RequestId: ${requestId} Error: ${why}`,
    trace: lastWords?.kind === 'exit' ? lastWords.trace : [],
  };
}
