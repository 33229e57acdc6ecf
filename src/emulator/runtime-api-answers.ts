// `POST …/response` and `POST …/error`: what is legal is asked from the environment; the order of
// the checks is part of the contract (section 3.1).
import type { IncomingMessage } from 'node:http';

import { PAYLOAD_BYTES_MAX } from '../core/limits.ts';
import { API_ERROR, HEADER, STATUS } from '../core/runtime-api-spec.ts';
import { toFunctionError, toInvalidMode, toSuccess, toTooLarge } from './answers.ts';
import { toPlatformErrorType } from './error-type.ts';
import { recordBody } from './exchange-log.ts';
import type { RequestBody } from './http-body.ts';
import type { Reply } from './http-reply.ts';
import type { Answer } from './invocation.ts';
import { headerOf, type RouteCall } from './runtime-api-call.ts';
import { accepted, apiError, refuseId, refuseSize, refuseState } from './runtime-api-replies.ts';
import { serveStream } from './streaming/stream-answer.ts';

/** Error causes inside the body of `/error`; the server takes them out (section 1.3). */
const ERROR_CAUSE_TYPE = 'application/vnd.aws.lambda.error.cause+json';

/** Serves one answer; undefined means that the connection is to be closed without a reply. */
export async function serveAnswer(
  call: RouteCall,
  kind: 'response' | 'error',
  requestId: string,
): Promise<Reply | undefined> {
  const { environment, request, exchange } = call;
  exchange.requestId = requestId;
  const invocation = environment.current;
  if (invocation === undefined || invocation.requestId !== requestId) return refuseId();
  const refusal = environment.refusalOf(kind);
  if (refusal !== undefined) return refuseState(refusal);
  const echo = headerOf(request, HEADER.invocationId);
  // The state stays Running, so that the right answer is still accepted.
  if (call.withInvocationId && echo !== undefined && echo !== invocation.invocationId) {
    return apiError(STATUS.gone, API_ERROR.invokeTimeout, 'Invoke timeout');
  }
  environment.beginAnswer(kind);
  const mode = kind === 'response' ? headerOf(request, HEADER.responseMode) : undefined;
  if (mode === 'streaming') return await serveStream(call, invocation);
  if (mode !== undefined) {
    // The state machine stays where it is: only a reset helps.
    invocation.settle(toInvalidMode());
    return apiError(
      STATUS.badRequest,
      'InvalidFunctionResponseMode',
      'Invalid function response mode',
    );
  }
  const body = await recordBody(call.exchange, request);
  if (!body.isComplete) return undefined;
  if (environment.current !== invocation) return refuseId();
  return conclude(call, kind, body);
}

function conclude(
  { environment, request }: RouteCall,
  kind: 'response' | 'error',
  body: RequestBody,
): Reply {
  if (body.sizeBytes > PAYLOAD_BYTES_MAX) {
    environment.finishAnswer(toTooLarge(body.sizeBytes));
    return refuseSize();
  }
  environment.finishAnswer(
    kind === 'response' ? toSuccess(body.bytes) : toReportedError(request, body.bytes),
  );
  return accepted();
}

function toReportedError(request: IncomingMessage, bytes: Uint8Array): Answer {
  const errorType = toPlatformErrorType(headerOf(request, HEADER.errorType));
  const isWithCause = request.headers['content-type'] === ERROR_CAUSE_TYPE;
  return toFunctionError(isWithCause ? withoutCause(bytes) : bytes, errorType);
}

function withoutCause(bytes: Uint8Array): Uint8Array {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (typeof value !== 'object' || value === null) return bytes;
    const { errorMessage, errorType, stackTrace } = value as Record<string, unknown>;
    return Buffer.from(JSON.stringify({ errorMessage, errorType, stackTrace }));
  } catch {
    // Not JSON: handed on as it is, like any other error body.
    return bytes;
  }
}
