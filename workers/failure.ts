// What user code has thrown -> its log line, and a result that says so. User code may have damaged
// what that takes: there is a result in any case.
import { boundErrorPayload, toErrorPayload, UNREADABLE_ERROR } from '../src/core/error-payload.ts';
import { functionErrorType } from '../src/core/error-type.ts';
import { ERROR_BODY_BYTES_MAX } from '../src/core/limits.ts';
import type { HandlerResult } from '../src/core/thread-protocol.ts';
import { toXrayCause } from '../src/core/xray-cause.ts';
import type { RuntimeLog } from './logs/console-capture.ts';
import { withoutOwnFrames } from './own-frames.ts';
import { nowMs } from './thread-clock.ts';
import { memoryUse } from './thread-facts.ts';

type Failure = Extract<HandlerResult, { kind: 'failure' }>;

// Taken before user code can replace it.
const workingFolder = process.cwd();

/** For user code that has damaged what making a proper error takes. */
const UNTOLD: Failure = {
  kind: 'failure',
  error: UNREADABLE_ERROR,
  headerType: 'Function.Unknown',
  xrayCause: undefined,
  handlerMs: 0,
  heapBytes: 0,
  externalBytes: 0,
};

/** Never throws. @param startedAtMs when the handler was called; 0: it was not. */
export function toFailure(
  label: string,
  thrown: unknown,
  startedAtMs: number,
  { logError }: Pick<RuntimeLog, 'logError'>,
): Failure {
  try {
    logError(label, thrown);
  } catch {
    // The answer matters more than its log line.
  }
  try {
    const { trace, ...told } = toErrorPayload(thrown);
    const whole = { ...told, trace: withoutOwnFrames(trace) };
    return {
      kind: 'failure',
      // Cut here: a body of many MB would keep the supervisor busy.
      error: boundErrorPayload(whole, ERROR_BODY_BYTES_MAX),
      headerType: functionErrorType(told.errorType),
      xrayCause: toXrayCause(thrown, workingFolder),
      handlerMs: startedAtMs === 0 ? 0 : nowMs() - startedAtMs,
      ...memoryUse(),
    };
  } catch {
    return UNTOLD;
  }
}
