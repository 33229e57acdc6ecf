// The endpoints of the Runtime API, each as a function from a request to a reply. What is legal is
// asked from the environment; the order of the checks is part of the contract (section 3.1).
import type { IncomingMessage } from 'node:http';

import { PAYLOAD_BYTES_MAX } from '../core/limits.ts';
import {
  API_ERROR,
  API_PREFIX,
  HEADER,
  INIT_ERROR_PATH,
  INVOCATION_PATH,
  NEXT_PATH,
  RESTORE_ERROR_PATH,
  RESTORE_NEXT_PATH,
  STATUS,
} from '../core/runtime-api-spec.ts';
import { toFunctionError, toInvalidMode, toSuccess, toTooLarge } from './answers.ts';
import type { Environment } from './environment.ts';
import { toPlatformErrorType } from './error-type.ts';
import { type MutableExchange, recordBody } from './exchange-log.ts';
import type { Endpoint } from './faults.ts';
import type { RequestBody } from './http-body.ts';
import { notFoundReply, type Reply, textReply, wrongMethodReply } from './http-reply.ts';
import type { Answer } from './invocation.ts';
import { accepted, apiError, refuseId, refuseSize, refuseState } from './runtime-api-replies.ts';

export type RouteCall = {
  readonly request: IncomingMessage;
  readonly route: Route;
  readonly exchange: MutableExchange;
  readonly environment: Environment;
  readonly withInvocationId: boolean;
};

export type Route = {
  readonly endpoint: Endpoint;
  readonly method: 'GET' | 'POST' | undefined;
  /** The id in the path of an answer. */
  readonly requestId: string | undefined;
};

/** Error causes inside the body of `/error`; the server takes them out (section 1.3). */
const ERROR_CAUSE_TYPE = 'application/vnd.aws.lambda.error.cause+json';

const ANSWER_PATH = /^([^/]+)\/(response|error)$/;

/** Finds the endpoint of a path; the method is judged later. */
export function toRoute(url: string): Route {
  const path = url.split('?', 1)[0] ?? '';
  if (path === NEXT_PATH) return { endpoint: 'next', method: 'GET', requestId: undefined };
  if (path === INIT_ERROR_PATH) {
    return { endpoint: 'initError', method: 'POST', requestId: undefined };
  }
  if (path === RESTORE_NEXT_PATH) {
    return { endpoint: 'restoreNext', method: 'GET', requestId: undefined };
  }
  if (path === RESTORE_ERROR_PATH) {
    return { endpoint: 'restoreError', method: 'POST', requestId: undefined };
  }
  if (path === `${API_PREFIX}/ping`) {
    return { endpoint: 'ping', method: 'GET', requestId: undefined };
  }
  if (path.startsWith(INVOCATION_PATH)) {
    const [, id = '', verb] = ANSWER_PATH.exec(path.slice(INVOCATION_PATH.length)) ?? [];
    if (verb === 'response' || verb === 'error') {
      return { endpoint: verb, method: 'POST', requestId: decodeId(id) };
    }
  }
  return { endpoint: 'other', method: undefined, requestId: undefined };
}

/** Serves one request; undefined means that the connection is to be closed without a reply. */
export async function serveRoute(call: RouteCall): Promise<Reply | undefined> {
  const { route, request } = call;
  if (route.endpoint === 'other') return notFoundReply();
  if (request.method !== route.method) return wrongMethodReply(route.method ?? '');
  switch (route.endpoint) {
    case 'ping':
      return textReply(200, 'pong');
    case 'next':
      return await serveNext(call);
    case 'response':
    case 'error':
      return await serveAnswer(call, route.endpoint, route.requestId ?? '');
    case 'initError':
    case 'restoreError':
      return await serveFailure(call, route.endpoint);
    case 'restoreNext':
      return await serveRestoreNext(call);
  }
}

async function serveNext(call: RouteCall): Promise<Reply | undefined> {
  const { environment, exchange } = call;
  const refusal = environment.refusalOf('next');
  if (refusal !== undefined) return refuseState(refusal);
  call.request.resume();
  const invocation = await environment.poll();
  if (invocation === undefined) return undefined;
  exchange.requestId = invocation.requestId;
  const headers: Record<string, string> = {};
  const values = invocation.toNextHeaders({ withInvocationId: call.withInvocationId });
  for (const [name, value] of Object.entries(values))
    headers[toWireName(name)] = toWireValue(value);
  return { status: STATUS.ok, headers, body: invocation.request.event };
}

async function serveAnswer(
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
  if (kind === 'response' && !hasValidMode(request)) {
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
    kind === 'response' ? toResponse(request, body.bytes) : toReportedError(request, body.bytes),
  );
  return accepted();
}

async function serveRestoreNext({ environment, request }: RouteCall): Promise<Reply | undefined> {
  const { snapshot } = environment;
  if (snapshot === undefined) return notFoundReply();
  const refusal = environment.refusalOf('restoreNext');
  if (refusal !== undefined) return refuseState(refusal);
  request.resume();
  if (!(await snapshot.park())) return undefined;
  return { status: STATUS.ok, headers: {}, body: new Uint8Array() };
}

async function serveFailure(
  call: RouteCall,
  kind: 'initError' | 'restoreError',
): Promise<Reply | undefined> {
  const { environment, request } = call;
  if (kind === 'restoreError' && environment.snapshot === undefined) return notFoundReply();
  const refusal = environment.refusalOf(kind);
  if (refusal !== undefined) return refuseState(refusal);
  environment.beginFailure(kind);
  const { resetCount } = environment;
  const body = await recordBody(call.exchange, request);
  if (!body.isComplete || environment.resetCount !== resetCount) return undefined;
  const errorType = toPlatformErrorType(headerOf(request, HEADER.errorType));
  environment.failInit(body.bytes, errorType);
  return accepted();
}

/** A streamed answer may end in error trailers, which take the place of what came before. */
function toResponse(request: IncomingMessage, bytes: Uint8Array): Answer {
  const trailers = request.trailers;
  const errorType = trailers[HEADER.errorType];
  const isStreaming = headerOf(request, HEADER.responseMode) !== undefined;
  if (!isStreaming || errorType === undefined) return toSuccess(bytes);
  const encoded = trailers['lambda-runtime-function-error-body'] ?? '';
  return toFunctionError(Buffer.from(encoded, 'base64'), toPlatformErrorType(errorType));
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

function hasValidMode(request: IncomingMessage): boolean {
  const mode = headerOf(request, HEADER.responseMode);
  return mode === undefined || mode === 'streaming';
}

/** A header's value; absent and empty are the same. */
function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text === '' ? undefined : text;
}

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not valid percent encoding: no invocation has such an id.
    return text;
  }
}

/** `lambda-runtime-aws-request-id` -> `Lambda-Runtime-Aws-Request-Id`, as Go writes names. */
function toWireName(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** The bytes of the UTF-8 text, as Node wants them: one character each; no line ends. */
function toWireValue(value: string): string {
  const bytes = Buffer.from(value, 'utf8').toString('latin1');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through.
  return bytes.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, ' ').trim();
}
