// The Invoke API on a port: what the AWS SDK and the AWS CLI talk to, and the host's own routes.
import type { IncomingMessage, ServerResponse } from 'node:http';

import { toApiError } from './answers.ts';
import type { EmulatorConfig, RouteHandler } from './emulator-options.ts';
import { type FunctionReference, toFunctionArn } from './function-name.ts';
import { readBody } from './http-body.ts';
import { HttpListener } from './http-listener.ts';
import { type Reply, sendReply } from './http-reply.ts';
import type { Answer } from './invocation.ts';
import type { InvokeQueue } from './invoke-queue.ts';
import { parseInvokePath, parseInvokeRequest, parseType, toRequestId } from './invoke-request.ts';
import {
  type InvokeResult,
  invokeFunction,
  toEventBytesMax,
  toResult,
  toTooLargeRequest,
} from './invoke-service.ts';

type Door = { readonly config: EmulatorConfig; readonly queue: InvokeQueue };

/** The path under which AWS's own emulator serves its function, whatever its name is. */
const EMULATOR_NAME = 'function';

export function openInvokeApi(door: Door): Promise<HttpListener> {
  return HttpListener.open({
    host: door.config.host,
    port: door.config.port,
    portOption: 'port',
    serve: (request, response) => serve(door, request, response),
  });
}

async function serve(
  door: Door,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = await route(door, request);
  if (reply === undefined) request.socket.destroy();
  else await sendReply({ request, response }, reply);
}

async function route(door: Door, request: IncomingMessage): Promise<Reply | undefined> {
  const url = request.url ?? '';
  const path = url.split('?', 1)[0] ?? '';
  const handler = Object.hasOwn(door.config.routes, path) ? door.config.routes[path] : undefined;
  if (handler !== undefined) return await serveHostRoute(handler, request, path);
  const requestId = toRequestId(request.headers);
  const reference = request.method === 'POST' ? parseInvokePath(url) : undefined;
  if (reference === undefined) return toReply(toRefusal(requestId, toUnknown(request, path)));
  if (reference.kind === 'refused') return toReply(toRefusal(requestId, reference.answer));
  const unknown = findNameFlaw(door.config, reference.value);
  if (unknown !== undefined) return toReply(toRefusal(requestId, unknown));
  return await serveInvoke(door, request, { reference: reference.value, requestId });
}

async function serveInvoke(
  { config, queue }: Door,
  request: IncomingMessage,
  { reference, requestId }: { reference: FunctionReference; requestId: string },
): Promise<Reply | undefined> {
  const { headers } = request;
  const type = parseType(headers);
  if (type.kind === 'refused') return toReply(toRefusal(requestId, type.answer));
  const limit = toEventBytesMax(type.value);
  const body = await readBody(request, limit);
  if (!body.isComplete) return undefined;
  if (body.sizeBytes > limit) {
    return toReply(toRefusal(requestId, toTooLargeRequest(type.value)));
  }
  const http = { reference, headers, requestId, body: body.bytes };
  const invoke = parseInvokeRequest(http, type.value, config);
  if (invoke.kind === 'refused') return toReply(toRefusal(requestId, invoke.answer));
  return toReply(await invokeFunction(queue, invoke.value));
}

async function serveHostRoute(
  handler: RouteHandler,
  request: IncomingMessage,
  path: string,
): Promise<Reply> {
  const { method = '', headers } = request;
  const reply = await handler({ method, path, headers });
  return {
    status: reply.status,
    headers: { 'Content-Type': reply.contentType },
    body: Buffer.from(reply.body),
  };
}

/** The result in Lambda's headers and body. */
function toReply(result: InvokeResult): Reply {
  const isRefused = result.statusCode >= 300;
  const headers: Record<string, string> = { 'x-amzn-RequestId': result.requestId };
  if (result.payloadBytes.length > 0 || result.statusCode === 200) {
    headers['Content-Type'] = 'application/json';
  }
  if (result.statusCode === 200) headers['X-Amz-Executed-Version'] = '$LATEST';
  if (result.functionError !== undefined) headers['X-Amz-Function-Error'] = result.functionError;
  if (isRefused && result.errorType !== undefined) headers['x-amzn-errortype'] = result.errorType;
  if (!isRefused) headers['X-Amzn-Trace-Id'] = result.traceId;
  if (result.logTail !== undefined) {
    headers['X-Amz-Log-Result'] = Buffer.from(result.logTail).toString('base64');
  }
  return { status: result.statusCode, headers, body: result.payloadBytes };
}

function toRefusal(requestId: string, answer: Answer): InvokeResult {
  return toResult({ requestId, traceId: '' }, answer);
}

function findNameFlaw(config: EmulatorConfig, reference: FunctionReference): Answer | undefined {
  const { functionName } = reference;
  if (config.acceptsAnyName || functionName === config.functionName) return undefined;
  if (functionName === EMULATOR_NAME) return undefined;
  const arn = toFunctionArn({ ...config, functionName }, reference.qualifier);
  return toApiError({
    status: 404,
    errorType: 'ResourceNotFoundException',
    message: `Function not found: ${arn}`,
  });
}

function toUnknown(request: IncomingMessage, path: string): Answer {
  return toApiError({
    status: 404,
    errorType: 'UnknownOperationException',
    message: `Cannot ${request.method} ${path}: the emulator has no such operation`,
  });
}
