// The endpoints of the Runtime API, each as a function from a request to a reply. What is legal is
// asked from the environment; the order of the checks is part of the contract (section 3.1).
import {
  API_PREFIX,
  HEADER,
  INIT_ERROR_PATH,
  INVOCATION_PATH,
  NEXT_PATH,
  RESTORE_ERROR_PATH,
  RESTORE_NEXT_PATH,
  STATUS,
} from '../core/runtime-api-spec.ts';
import { toPlatformErrorType } from './error-type.ts';
import { recordBody } from './exchange-log.ts';
import { notFoundReply, type Reply, textReply, wrongMethodReply } from './http-reply.ts';
import { serveAnswer } from './runtime-api-answers.ts';
import { headerOf, type Route, type RouteCall } from './runtime-api-call.ts';
import { accepted } from './runtime-api-replies.ts';

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
  if (refusal !== undefined) return refusal;
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

async function serveRestoreNext({ environment, request }: RouteCall): Promise<Reply | undefined> {
  const { snapshot } = environment;
  if (snapshot === undefined) return notFoundReply();
  const refusal = environment.refusalOf('restoreNext');
  if (refusal !== undefined) return refusal;
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
  if (refusal !== undefined) return refusal;
  environment.beginFailure(kind);
  const { resetCount } = environment;
  const body = await recordBody(call.exchange, request);
  if (!body.isComplete || environment.resetCount !== resetCount) return undefined;
  const errorType = toPlatformErrorType(headerOf(request, HEADER.errorType));
  environment.failInit(body.bytes, errorType);
  return accepted();
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
