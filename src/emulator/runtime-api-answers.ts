// `POST …/response` and `POST …/error`: what is legal is asked from the environment; the order of
// the checks is part of the contract (section 3.1).
import type { IncomingMessage } from 'node:http';

import { PAYLOAD_BYTES_MAX } from '../core/limits.ts';
import { HEADER, STATUS } from '../core/runtime-api-spec.ts';
import { toFunctionError, toInvalidMode, toSuccess, toTooLarge } from './answers.ts';
import type { AnswerKind } from './environment-ports.ts';
import { toPlatformErrorType } from './error-type.ts';
import { recordBody } from './exchange-log.ts';
import type { RequestBody } from './http-body.ts';
import type { Reply } from './http-reply.ts';
import type { Answer, Invocation } from './invocation.ts';
import { headerOf, type RouteCall } from './runtime-api-call.ts';
import { accepted, apiError, refuseSize } from './runtime-api-replies.ts';
import { serveStream } from './streaming/stream-answer.ts';

/** Error causes inside the body of `/error`; the server takes them out (section 1.3). */
const ERROR_CAUSE_TYPE = 'application/vnd.aws.lambda.error.cause+json';

type Begun = { readonly invocation: Invocation; readonly kind: AnswerKind };

/** Serves one answer; undefined means that the connection is to be closed without a reply. */
export async function serveAnswer(
  call: RouteCall,
  kind: AnswerKind,
  requestId: string,
): Promise<Reply | undefined> {
  const { environment, request, exchange } = call;
  exchange.requestId = requestId;
  const echo = call.withInvocationId ? headerOf(request, HEADER.invocationId) : undefined;
  const begun = environment.beginAnswer({ kind, requestId, echo });
  if (begun.kind === 'refused') return begun.reply;
  const { invocation } = begun;
  const mode = kind === 'response' ? headerOf(request, HEADER.responseMode) : undefined;
  if (mode === 'streaming') return await serveStream(call, invocation);
  if (mode !== undefined) {
    environment.spoilAnswer(invocation, toInvalidMode());
    return apiError(
      STATUS.badRequest,
      'InvalidFunctionResponseMode',
      'Invalid function response mode',
    );
  }
  const body = await recordBody(call.exchange, request);
  if (!body.isComplete) {
    environment.loseAnswer(invocation, kind);
    return undefined;
  }
  return conclude(call, { invocation, kind }, body);
}

function conclude(call: RouteCall, begun: Begun, { bytes, sizeBytes }: RequestBody): Reply {
  const { environment, request } = call;
  const { invocation, kind } = begun;
  if (kind === 'error' && sizeBytes > environment.errorBytesMax) {
    environment.loseAnswer(invocation, kind);
    return refuseSize();
  }
  const isTooLarge = sizeBytes > PAYLOAD_BYTES_MAX;
  const answer = kind === 'response' ? toSuccess(bytes) : toReportedError(request, bytes);
  const refusal = environment.finishAnswer(invocation, isTooLarge ? toTooLarge(sizeBytes) : answer);
  return refusal ?? (isTooLarge ? refuseSize() : accepted());
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
