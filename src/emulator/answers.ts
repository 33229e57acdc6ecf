// The answers that the platform gives in the function's place (contract, section 5.2).
import { PAYLOAD_BYTES_MAX } from '../core/limits.ts';
import type { Answer } from './invocation.ts';
import type { RuntimeExit } from './runtime-process.ts';

export function toSuccess(body: Uint8Array): Answer {
  return { status: 200, body, functionError: undefined, errorType: undefined };
}

export function toFunctionError(body: Uint8Array, errorType: string): Answer {
  return { status: 200, body, functionError: 'Unhandled', errorType };
}

export function toTimeout(requestId: string, timeoutMs: number): Answer {
  const seconds = (timeoutMs / 1000).toFixed(2);
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`;
  return toPlatformError('Sandbox.Timedout', errorMessage);
}

export function toTooLarge(sizeBytes: number): Answer {
  return toPlatformError(
    'Function.ResponseSizeTooLarge',
    `Response payload size (${sizeBytes} bytes) exceeded maximum allowed payload size ` +
      `(${PAYLOAD_BYTES_MAX} bytes).`,
  );
}

/** The header was neither absent nor exactly `streaming`: the caller gets an empty payload. */
export function toInvalidMode(): Answer {
  return toFunctionError(new Uint8Array(), 'Runtime.InvalidResponseModeHeader');
}

/** A streamed response broke off: its runtime lives, but has lost its connection. */
export function toTruncated(requestId: string): Answer {
  const errorMessage = `RequestId: ${requestId} Error: The response stream broke off before its end`;
  return toPlatformError('Runtime.TruncatedResponse', errorMessage);
}

export function toExit(requestId: string, exit: RuntimeExit): Answer {
  return toPlatformError(exit.errorType, `RequestId: ${requestId} Error: ${exit.reason}`);
}

/** The after-restore hooks have not ended in time. */
export function toFailedRestore(requestId: string, limitMs: number): Answer {
  const seconds = (limitMs / 1000).toFixed(2);
  const errorMessage = `RequestId: ${requestId} Error: Restore timed out after ${seconds} seconds`;
  return toPlatformError('Runtime.RestoreHookUserTimeout', errorMessage);
}

/** The emulator, not the function, could not go on. */
export function toServiceFailure(message: string): Answer {
  return toApiError({ status: 500, errorType: 'ServiceException', message, blames: 'Service' });
}

export function toClosing(): Answer {
  return toServiceFailure('Cannot finish the invocation: the emulator is closing');
}

/** Managed Instances: Init has failed; Lambda reads its type only, the rest is in the log. */
export function toInitError(requestId: string, errorType: string): Answer {
  return toPlatformError(errorType, `RequestId: ${requestId} Error: Init failed, see the log`);
}

/** Managed Instances: Init is not repeated. */
export function toInitTimeout(requestId: string, limitMs: number): Answer {
  const seconds = (limitMs / 1000).toFixed(2);
  const errorMessage = `RequestId: ${requestId} Error: Init timed out after ${seconds} seconds`;
  return toPlatformError('Sandbox.Timedout', errorMessage);
}

/** Managed Instances: no poll waits for an event, and no event waits for a poll. */
export function toUnavailable(): Answer {
  return toApiError({
    status: 400,
    errorType: 'Runtime.Unavailable',
    message: 'no idle runtimes',
  });
}

/** Managed Instances: the same request id is in flight already. */
export function toDuplicate(): Answer {
  return toApiError({
    status: 400,
    errorType: 'Client.DuplicatedInvokeId',
    message: 'invoke ID already exists',
  });
}

/** More invocations wait than may. */
export function toTooMany(): Answer {
  return toApiError({
    status: 429,
    errorType: 'TooManyRequestsException',
    message: 'Rate Exceeded.',
    reason: 'ConcurrentInvocationLimitExceeded',
  });
}

/** A refusal of the Invoke API, in the shape that the AWS SDK reads. */
export function toApiError(error: {
  readonly status: number;
  readonly errorType: string;
  readonly message: string;
  readonly blames?: 'User' | 'Service';
  readonly reason?: string;
}): Answer {
  const body = { Type: error.blames ?? 'User', message: error.message, Reason: error.reason };
  return {
    status: error.status,
    body: Buffer.from(JSON.stringify(body)),
    functionError: undefined,
    errorType: error.errorType,
  };
}

function toPlatformError(errorType: string, errorMessage: string): Answer {
  return toFunctionError(Buffer.from(JSON.stringify({ errorType, errorMessage })), errorType);
}
