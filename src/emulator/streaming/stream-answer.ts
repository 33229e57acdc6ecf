// `POST …/response` with a body that is handed on while it arrives (contract, section 1.6).
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { HEADER } from '../../core/runtime-api-spec.ts';
import { toFunctionError, toSuccess, toTooLarge, toTruncated } from '../answers.ts';
import { toPlatformErrorType } from '../error-type.ts';
import { recordChunk, recordTrailers } from '../exchange-log.ts';
import type { Reply } from '../http-reply.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { untilAnswered } from '../last-word.ts';
import { headerOf, type RouteCall } from '../runtime-api-call.ts';
import { accepted, refuseSize } from '../runtime-api-replies.ts';
import { ByteBudget } from './byte-budget.ts';
import { relayBody } from './relay-body.ts';

const ERROR_BODY_TRAILER = 'lambda-runtime-function-error-body';
const CONTENT_TYPE = 'application/octet-stream';

/** The state machine has taken the answer; undefined means that the connection is to be closed. */
export async function serveStream(
  call: RouteCall,
  invocation: Invocation,
): Promise<Reply | undefined> {
  const { environment, exchange, request } = call;
  const { sink } = invocation;
  const budget = call.limitsBandwidth ? new ByteBudget(performance.now()) : undefined;
  sink.begin(headerOf(request, 'content-type') ?? CONTENT_TYPE);
  const take = (chunk: Buffer): Promise<void> | undefined => {
    recordChunk(exchange, chunk);
    return afterPause(sink.write(chunk), budget?.spend(chunk.length, performance.now()) ?? 0);
  };
  const end = await relayBody(request, take, Promise.race([invocation.answered, sink.gone]));
  recordTrailers(exchange, request);
  if (end === 'lost') {
    await untilAnswered(invocation);
    environment.spoilAnswer(invocation, toTruncated(invocation.requestId));
    return undefined;
  }
  if (end === 'stopped') {
    if (!invocation.isAnswered) letGo(call, invocation);
    return undefined;
  }
  return conclude(call, invocation);
}

function conclude({ environment, exchange, request }: RouteCall, invocation: Invocation): Reply {
  const sizeBytes = exchange.requestBodyBytes;
  const isTooLarge = sizeBytes > invocation.sink.bytesMax;
  const answer = isTooLarge
    ? toTooLarge(sizeBytes)
    : (toTrailerError(request) ?? toSuccess(invocation.sink.rest()));
  const refusal = environment.finishAnswer(invocation, answer);
  return refusal ?? (isTooLarge ? refuseSize() : accepted());
}

/** Trailers end the stream with an error; for who has got nothing yet it is the whole answer. */
function toTrailerError({ trailers }: IncomingMessage): Answer | undefined {
  const errorType = trailers[HEADER.errorType];
  if (errorType === undefined) return undefined;
  const body = Buffer.from(trailers[ERROR_BODY_TRAILER] ?? '', 'base64');
  return toFunctionError(body, toPlatformErrorType(errorType));
}

/** The caller has left: the runtime learns it from its connection, and may poll again. */
function letGo({ environment }: RouteCall, invocation: Invocation): void {
  invocation.writeLine(
    `RequestId: ${invocation.requestId} The caller has left: the response stream was ended`,
  );
  environment.finishAnswer(invocation, toSuccess(new Uint8Array()));
}

function afterPause(taken: Promise<void> | undefined, ms: number): Promise<void> | undefined {
  return ms === 0 ? taken : Promise.all([taken, sleep(ms)]).then(() => {});
}
