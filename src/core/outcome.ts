// How an invocation ended. Exactly one Outcome per invocation is reported.
import { toTimeoutSeconds } from './deadline.ts';
import type { ErrorPayload } from './error-payload.ts';
import { type Evidence, evidenceSummary, toEvidenceTrace } from './evidence.ts';

/** Which of the racing causes decided an invocation. */
export type Cause = 'result' | 'crash' | 'deadline' | 'drain';

export type Outcome =
  /** The handler's result: JSON bytes, ready to send. */
  { readonly kind: 'success'; readonly body: Uint8Array } | ErrorOutcome;

/**
 * `failure`: the handler threw, or its event or result could not be used.
 * `timeout`: the watchdog ended it before the platform's deadline.
 * `crash`: its worker died under it.
 * `neighbour`: another invocation has ended the thread that both were on.
 * `drain`: the environment is shutting down and it had not ended in time.
 */
export type ErrorOutcome = {
  readonly kind: 'failure' | 'timeout' | 'crash' | 'neighbour' | 'drain';
  readonly error: ErrorPayload;
  /** `Lambda-Runtime-Function-Error-Type`; matches `(Runtime|Function)\.[A-Z][a-zA-Z]+`. */
  readonly headerType: string;
  /** `Lambda-Runtime-Function-XRay-Error-Cause`. */
  readonly xrayCause?: string | undefined;
  /** For the log, in one line: where the handler was. */
  readonly where?: string | undefined;
};

/** The answer of the watchdog; `trace` is the evidence: the stuck frames, innermost first, or what
 * was waited for. */
export function timeoutOutcome(
  requestId: string,
  budgetMs: number,
  evidence: Evidence,
): ErrorOutcome {
  const seconds = toTimeoutSeconds(budgetMs);
  return {
    kind: 'timeout',
    error: {
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
      trace: toEvidenceTrace(evidence),
    },
    headerType: 'Function.Timeout',
    where: evidenceSummary(evidence),
  };
}

/** The answer of an invocation that another one has hurt: they shared a thread. Of that one nothing
 * is told but its id: it may be another customer's. */
export function neighbourOutcome(
  requestId: string | undefined,
  culpritId: string | undefined,
  what: string,
): ErrorOutcome {
  const culprit = culpritId === undefined ? 'another invocation' : `invocation ${culpritId}`;
  const why = `Stopped because of ${culprit} on the same thread, which ${what}`;
  const errorType = 'Runtime.NeighbourFailed';
  const errorMessage = requestId === undefined ? why : `RequestId: ${requestId} Error: ${why}`;
  const error = { errorType, errorMessage, trace: [] };
  return { kind: 'neighbour', error, headerType: errorType, where: `${culprit}, which ${what}` };
}

/** The answer of an invocation that has kept its thread, and others on it, for too long. */
export function holderOutcome(requestId: string | undefined, evidence: Evidence): ErrorOutcome {
  const why =
    'Task stopped: it blocked the thread that it shares past the deadline of another invocation';
  return {
    kind: 'timeout',
    error: {
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: ${why}`,
      trace: toEvidenceTrace(evidence),
    },
    headerType: 'Function.Timeout',
    where: `its thread was blocked past the deadline of another: ${evidenceSummary(evidence)}`,
  };
}

/** The answer when the environment is told to stop and the handler does not end in time. */
export function drainOutcome(requestId: string): ErrorOutcome {
  return {
    kind: 'drain',
    error: {
      errorType: 'Runtime.Shutdown',
      errorMessage: `RequestId: ${requestId} Error: Stopped because the environment is shutting down`,
      trace: [],
    },
    headerType: 'Runtime.Shutdown',
  };
}
