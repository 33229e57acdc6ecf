// What it means to invoke the function, whether through HTTP or through `emulator.invoke()`.
import { PAYLOAD_BYTES_MAX } from '../core/limits.ts';
import { toApiError } from './answers.ts';
import { ASYNC_PAYLOAD_BYTES_MAX } from './emulator-limits.ts';
import type { Intake } from './environment-ports.ts';
import { type Answer, Invocation, type InvokeRequest } from './invocation.ts';
import type { ResponseSink } from './streaming/response-sink.ts';

export type InvokeResult = {
  /** 200; 202 for `Event`, 204 for `DryRun`; 400, 404, 413, 429 or 500 when it was not run. */
  readonly statusCode: number;
  /** The answer as JSON; undefined when it is empty or not JSON. */
  readonly payload: unknown;
  /** The answer as it came from the runtime. */
  readonly payloadBytes: Uint8Array;
  /** Present when the function failed; the payload is then the error. */
  readonly functionError: 'Unhandled' | undefined;
  /** The platform's name for a function error, or the name of an API error. */
  readonly errorType: string | undefined;
  /** The last 4 KB of the invocation's log, when asked for. */
  readonly logTail: string | undefined;
  readonly requestId: string;
  readonly traceId: string;
  /** From the start of the function's clock to the answer. */
  readonly durationMs: number;
  /** Present on the first invocation after a start of the managed runtime. */
  readonly initDurationMs: number | undefined;
};

/** Largest event that is accepted, bytes. */
export function toEventBytesMax(type: InvokeRequest['type']): number {
  return type === 'Event' ? ASYNC_PAYLOAD_BYTES_MAX : PAYLOAD_BYTES_MAX;
}

export function toTooLargeRequest(type: InvokeRequest['type']): Answer {
  const limit = toEventBytesMax(type);
  return toApiError({
    status: 413,
    errorType: 'RequestTooLargeException',
    message: `Request must be smaller than ${limit} bytes for the InvokeFunction operation`,
  });
}

/**
 * Runs a valid request to its end, or refuses it; never throws.
 *
 * @param sink Gets a streamed response while it arrives; the result has then what is left, or what
 *   went wrong in the middle. By default the result has all of it.
 */
export async function invokeFunction(
  intake: Intake,
  request: InvokeRequest,
  sink?: ResponseSink,
): Promise<InvokeResult> {
  if (request.event.length > toEventBytesMax(request.type)) {
    return toResult(request, toTooLargeRequest(request.type));
  }
  if (request.type === 'DryRun') return toResult(request, toBare(204));
  const invocation = new Invocation(request, sink);
  const refusal = intake.submit(invocation);
  if (refusal !== undefined) return toResult(request, refusal);
  if (request.type === 'Event') return toResult(request, toBare(202));
  const answer = await invocation.answered;
  // The closing lines exist only after the runtime's next poll.
  if (request.wantsLogTail) await invocation.ended;
  return {
    ...toResult(request, answer),
    logTail: request.wantsLogTail ? invocation.log.toBytes().toString() : undefined,
    durationMs: invocation.durationMs,
    initDurationMs: invocation.initDurationMs,
  };
}

/** A result without a run. */
export function toResult(
  request: Pick<InvokeRequest, 'requestId' | 'traceId'>,
  answer: Answer,
): InvokeResult {
  return {
    statusCode: answer.status,
    payload: toJson(answer.body),
    payloadBytes: answer.body,
    functionError: answer.functionError,
    errorType: answer.errorType,
    logTail: undefined,
    requestId: request.requestId,
    traceId: request.traceId,
    durationMs: 0,
    initDurationMs: undefined,
  };
}

function toBare(status: number): Answer {
  return { status, body: new Uint8Array(), functionError: undefined, errorType: undefined };
}

function toJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    // The result says so by being undefined; the bytes are beside it.
    return undefined;
  }
}
