// What each moment says in the log. Healthy moments are DEBUG and below: a function that works
// writes nothing. A handler's own failure is DEBUG too, because its worker has logged it already.
import type { ErrorPayload } from '../core/error-payload.ts';
import type { InvocationKey } from '../core/invocation.ts';
import type { Cause } from '../core/outcome.ts';
import type {
  DecisionMoment,
  InitMoment,
  InvocationMoment,
  RestartMoment,
  RuntimeApiMoment,
  StopMoment,
  WorkerEndMoment,
  WorkerStartMoment,
} from '../core/telemetry-port.ts';
import type { LogLevel } from '../core/thread-protocol.ts';
import type { LogFields, LogLine } from './logger.ts';

export function initLine({ ok, durationMs, error }: InitMoment): LogLine {
  const fields = { duration_ms: round(durationMs), ...errorFields(error) };
  if (ok) return { level: 'DEBUG', event: 'init_ok', message: 'Init succeeded', fields };
  // The worker has logged the error and the end of the process, which follows, has it in full.
  return {
    level: 'DEBUG',
    event: 'init_failed',
    message: `Init failed: ${summary(error)}`,
    fields,
  };
}

export function invocationStartLine(key: InvocationKey): LogLine {
  return {
    level: 'TRACE',
    event: 'invocation_started',
    message: 'Invocation received',
    fields: keyFields(key),
  };
}

/** Of an invocation that its handler has not ended: told before the platform has the answer,
 * for it may freeze the process soon after. */
export function invocationDecidedLine(moment: DecisionMoment): LogLine {
  const { outcome } = moment;
  const fields = decisionFields(moment);
  if (outcome.kind === 'drain') {
    return { level: 'WARN', event: 'invocation_stopped', message: 'Stopped by shutdown', fields };
  }
  if (outcome.kind === 'timeout') {
    const { where = 'no handler was running' } = outcome;
    const message = `Invocation timed out, ${where}`;
    return { level: 'ERROR', event: 'invocation_timeout', message, fields };
  }
  if (outcome.kind === 'neighbour') {
    const message = `Invocation lost its worker to another one: ${outcome.where}`;
    return { level: 'ERROR', event: 'invocation_neighbour', message, fields };
  }
  const message = 'Invocation lost its worker';
  return { level: 'ERROR', event: 'invocation_crash', message, fields };
}

/** The platform has the answer: news if the handler gave it, else only what became of it. */
export function invocationEndLine(moment: InvocationMoment): LogLine {
  const level = 'DEBUG';
  const { outcome, receipt, respondMs } = moment;
  const ends = { answer_status: receipt.status, respond_ms: round(respondMs) };
  const fields = { ...decisionFields(moment), ...ends };
  switch (outcome.kind) {
    case 'success':
      return { level, event: 'invocation_ok', message: 'Invocation succeeded', fields };
    case 'failure':
      return { level, event: 'invocation_failed', message: 'Handler failed', fields };
    default: {
      const message = `The platform has the answer: ${outcome.kind}`;
      return {
        level,
        event: 'answer_taken',
        message,
        fields: { ...keyFields(moment.key), ...ends },
      };
    }
  }
}

export function lateCauseLine(key: InvocationKey, cause: Cause): LogLine {
  return {
    level: 'DEBUG',
    event: 'late_cause',
    message: `Dropped a late ${cause}: the invocation had been decided`,
    fields: { ...keyFields(key), cause },
  };
}

export function workerStartLine(moment: WorkerStartMoment): LogLine {
  const { slotId, role, ok, durationMs, error } = moment;
  const fields = {
    worker_id: slotId,
    role,
    duration_ms: round(durationMs),
    ...errorFields(error),
  };
  if (ok) return { level: 'DEBUG', event: 'worker_started', message: 'Worker started', fields };
  return {
    level: 'WARN',
    event: 'worker_start_failed',
    message: `Worker did not start: ${summary(error)}`,
    fields,
  };
}

export function workerEndLine(moment: WorkerEndMoment): LogLine {
  const { slotId, cause, invocations, stuck, detail } = moment;
  const fields = {
    worker_id: slotId,
    cause,
    invocations,
    stuck,
    ...(detail === undefined ? {} : { detail }),
  };
  if (stuck) {
    return {
      level: 'ERROR',
      event: 'worker_stuck',
      message: 'Worker does not end; it is never used again',
      fields,
    };
  }
  const message = `Worker ended: ${cause}`;
  return { level: workerEndLevel(cause), event: 'worker_ended', message, fields };
}

/** Deaths of other kinds are told by an invocation, or by Init, or nobody has to know of them. */
function workerEndLevel(cause: WorkerEndMoment['cause']): LogLevel {
  if (cause === 'idle_crash') return 'ERROR';
  return cause === 'memory' ? 'WARN' : 'DEBUG';
}

export function runtimeApiLine({ event, status, requestId, detail }: RuntimeApiMoment): LogLine {
  const fields = {
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(status === undefined ? {} : { status }),
  };
  switch (event) {
    case 'refused':
      return { level: 'WARN', event: 'answer_refused', message: detail, fields };
    case 'retry':
      return { level: 'WARN', event: 'runtime_api_retry', message: detail, fields };
    case 'unreachable':
      return { level: 'ERROR', event: 'runtime_api_unreachable', message: detail, fields };
    case 'init_error_failed':
      return { level: 'ERROR', event: 'init_error_not_posted', message: detail, fields };
    default:
      return event satisfies never;
  }
}

export function problemLine(message: string): LogLine {
  return { level: 'WARN', event: 'problem', message, fields: {} };
}

export function restartLine(moment: RestartMoment): LogLine {
  const { death, isWanted, answered, damagedCount } = moment;
  const why = isWanted ? 'the process before asked for it' : death;
  return {
    level: isWanted ? 'WARN' : 'ERROR',
    event: 'runtime_restarted',
    message: `Started again in the same environment: ${why}`,
    fields: {
      answered: answered.map(({ key, status }) => ({
        ...keyFields(key),
        answer_status: status ?? null,
      })),
      ...(damagedCount === 0 ? {} : { unreadable_records: damagedCount }),
    },
  };
}

export function stopLine({ reason, exitCode, error }: StopMoment): LogLine {
  return {
    level: exitCode === 0 ? 'INFO' : 'FATAL',
    event: 'stopped',
    message: `Runtime stopped: ${reason}`,
    fields: { reason, exit_code: exitCode, ...errorFields(error) },
  };
}

function decisionFields(moment: DecisionMoment): LogFields {
  const { outcome, slotId, watchdogLateMs, profilePath, streamedBytes } = moment;
  return {
    ...keyFields(moment.key),
    ...(slotId === undefined ? {} : { worker_id: slotId }),
    wait_ms: round(moment.waitMs),
    dispatch_ms: round(moment.dispatchMs),
    handler_ms: round(moment.handlerMs),
    ...(watchdogLateMs === undefined ? {} : { watchdog_late_ms: round(watchdogLateMs) }),
    ...(streamedBytes === undefined ? {} : { streamed_bytes: streamedBytes }),
    ...(outcome.kind === 'success' ? {} : errorFields(outcome.error)),
    ...(profilePath === undefined ? {} : { profile_path: profilePath }),
  };
}

function keyFields({ requestId, invocationId }: InvocationKey): LogFields {
  if (invocationId === undefined) return { request_id: requestId };
  return { request_id: requestId, invocation_id: invocationId };
}

function errorFields(error: ErrorPayload | undefined): LogFields {
  if (error === undefined) return {};
  return { error_type: error.errorType, error_message: error.errorMessage, trace: error.trace };
}

function summary(error: ErrorPayload | undefined): string {
  return error === undefined ? 'no reason given' : `${error.errorType}: ${error.errorMessage}`;
}

/** Microseconds are enough, and short enough to read. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
